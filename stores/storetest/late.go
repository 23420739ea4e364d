package storetest

import "github.com/tenure-go/tenure/stores"

// lateChecks are about requests that arrive when others have been carried out since they were sent. They may harm neither
// what their own participant has won since, nor anybody else.
var lateChecks = []check{
	{"a_late_release_frees_no_newer_tenure", 3, func(b *bench) {
		b.overtaken("Release", func(old stores.Lease) call { return b.releasing(old.Election, old.Tenure) })
	}},
	{"a_late_give_back_frees_no_newer_tenure", 4, func(b *bench) {
		// That a newer tenure is of another attempt is all that tells it apart: no attempt is sent again after a give-back.
		for _, newer := range []stores.AcquireRequest{request("own", "alice", 2), request("others", "bob", 1)} {
			mine := giveBack(request(newer.Election, "alice", 1).Attempt)
			b.acquire(request(newer.Election, "alice", 1))
			deliver := b.late("Release", b.releasing(newer.Election, mine))
			if newer.Participant == "bob" {
				b.release(newer.Election, mine, true)
			}
			second := b.acquire(newer)
			deliver()
			b.unchanged(second.Lease, second.ends(long))
		}
	}},
	{"a_late_revocation_touches_no_newer_tenure", 3, func(b *bench) {
		b.overtaken("Revoke", func(old stores.Lease) call { return b.revoking(old.Election, old.Fence) })
	}},
	{"a_late_renewal_extends_no_other_lease", 3, func(b *bench) {
		b.overtaken("Renew", func(old stores.Lease) call { return b.renewing(old, 2*long) })
	}},
	{"a_late_renewal_brings_nothing_back", 3, func(b *bench) {
		first := b.acquire(with(request("e", "alice", 1), b.short))
		deliver := b.late("Renew", b.renewing(first.Lease, long))
		b.passEnd(first.ends(b.short))
		deliver()
		b.vacant("e")
		second := b.acquire(request("e", "bob", 1))
		deliver = b.late("Renew", b.renewing(second.Lease, 2*long))
		b.release("e", second.Tenure, true)
		deliver()
		b.vacant("e")
	}},
	{"a_late_renewal_never_shortens", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		deliver := b.late("Renew", b.renewing(first.Lease, long))
		longer := b.renew(first.Lease, 2*long)
		deliver()
		b.unchanged(first.Lease, longer.ends(2*long))
	}},
	{"a_late_call_counts_from_its_arrival", 8, func(b *bench) {
		deliver := b.late("Acquire", b.acquiring(request("e", "alice", 1)))
		b.pass(b.tick)
		arrival := deliver()
		granted := b.get("e")
		b.requireLeft(granted, arrival.ends(long))
		deliver = b.late("Renew", b.renewing(granted.Lease, 2*long))
		b.pass(b.tick)
		arrival = deliver()
		b.unchanged(granted.Lease, arrival.ends(2*long))
	}},
	{"a_late_acquire_replaces_no_higher_attempt", 4, func(b *bench) {
		for _, newer := range []stores.AcquireRequest{request("own", "alice", 2), request("others", "bob", 1)} {
			deliver := b.late("Acquire", b.acquiring(request(newer.Election, "alice", 1)))
			second := b.acquire(newer)
			deliver()
			b.unchanged(second.Lease, second.ends(long))
		}
	}},
	{"a_late_repeat_changes_nothing_while_its_lease_is_live", 4, func(b *bench) {
		late := with(request("e", "alice", 1), 2*long)
		late.Metadata = map[string]string{"sent": "before"}
		deliver := b.late("Acquire", b.acquiring(late))
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		deliver()
		b.unchanged(first.Lease, first.ends(long))
	}},
}

// overtaken holds a call on an old lease back until there is a newer one in its place, which the call must leave alone.
// In each case it is another thing that tells the two apart: the attempt, only the fence, or the incarnation.
func (b *bench) overtaken(name string, send func(old stores.Lease) call) {
	b.Helper()
	for election, newer := range map[string]stores.AcquireRequest{
		"a higher attempt": request("a higher attempt", "alice", 2),
		"the same attempt": request("the same attempt", "alice", 1),
		"another":          request("another", "bob", 1),
	} {
		first := b.acquire(request(election, "alice", 1))
		deliver := b.late(name, send(first.Lease))
		if newer.Attempt.Number == 1 {
			b.release(election, first.Tenure, true)
		}
		second := b.acquire(newer)
		deliver()
		b.unchanged(second.Lease, second.ends(long))
	}
}
