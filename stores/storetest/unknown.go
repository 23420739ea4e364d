package storetest

import (
	"maps"
	"slices"

	"github.com/tenure-go/tenure/stores"
)

// unknownChecks are about calls that were carried out and whose answers were lost, and calls that never arrived.
var unknownChecks = []check{
	{"a_call_without_an_answer_returns_soon_and_tells_nothing_for_sure", 4, func(b *bench) {
		b.eachCall(b.lose)
		b.eachCall(func(name string, c call) seen { b.late(name, c); return seen{} })
	}},
	{"a_request_that_never_arrives_changes_nothing", 4, func(b *bench) {
		b.late("Acquire", b.acquiring(request("vacant", "alice", 1)))
		b.vacant("vacant")
		first := b.acquire(request("e", "alice", 1))
		for name, c := range b.changes(first.Lease) {
			b.late(name, c)
			b.unchanged(first.Lease, first.ends(long))
		}
	}},
	{"an_acquire_whose_answer_is_lost_is_granted_once_when_it_is_repeated", 4, func(b *bench) {
		req := request("e", "alice", 1)
		req.Metadata = map[string]string{"addr": "10.0.0.1:80"}
		lost := b.lose("Acquire", b.acquiring(req))
		granted := b.get("e").Lease
		b.Equal(req.Metadata, granted.Metadata, "metadata of the first send")
		b.pass(b.tick)
		again := b.acquire(with(request("e", "alice", 1), 2*long))
		b.requireSame(granted, again.Lease)
		b.requireLeft(again, lost.ends(long))
		b.requireSame(granted, b.refused(request("e", "bob", 1)).Lease)
		b.unchanged(granted, lost.ends(long))
	}},
	{"an_acquire_whose_answer_is_lost_can_be_given_back", 4, func(b *bench) {
		mine := giveBack(request("e", "alice", 1).Attempt)
		b.lose("Acquire", b.acquiring(request("e", "alice", 1)))
		b.release("e", mine, true)
		b.vacant("e")
		b.release("e", mine, false)
		second := b.acquire(request("e", "bob", 1))
		b.release("e", mine, false)
		b.unchanged(second.Lease, second.ends(long))
	}},
	{"a_renewal_whose_answer_is_lost_has_extended", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		lost := b.lose("Renew", b.renewing(first.Lease, 2*long))
		b.unchanged(first.Lease, lost.ends(2*long))
		b.requireLeft(b.renew(first.Lease, b.short), lost.ends(2*long))
		b.unchanged(first.Lease, lost.ends(2*long))
	}},
	{"a_release_whose_answer_is_lost_has_freed_and_the_second_try_is_no_error", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.lostRelease(first.Tenure)
		second := b.acquire(request("e", "alice", 2))
		b.lostRelease(giveBack(second.Attempt))
	}},
	{"a_revocation_whose_answer_is_lost_counts", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.lose("Revoke", b.revoking("e", first.Fence))
		b.True(b.lost("e", first.Tenure).Revoked, "Revoked of the LostError")
		b.revoke("e", first.Fence, true)
		b.unchanged(revoked(first.Lease), first.ends(long))
	}},
	{"a_refusal_whose_answer_is_lost_changes_nothing", 4, func(b *bench) {
		first := b.acquire(claiming(request("e", "alice", 2), 10))
		for _, req := range []stores.AcquireRequest{request("e", "bob", 1), request("e", "alice", 1)} {
			b.lose("Acquire", b.acquiring(with(req, 2*long)))
			b.unchanged(first.Lease, first.ends(long))
		}
		for _, stranger := range strangers(first.Tenure) {
			b.lose("Renew", b.renewing(stores.Lease{Election: "e", Tenure: stranger}, 2*long))
			b.lose("Release", b.releasing("e", stranger))
			b.unchanged(first.Lease, first.ends(long))
		}
		b.lose("Revoke", b.revoking("e", first.Fence-1))
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"a_watcher_is_told_though_the_caller_has_no_answer", 8, func(b *bench) {
		notices := b.watch(b.ctx, "e")
		b.lose("Acquire", b.acquiring(request("e", "alice", 1)))
		first := b.await(notices, stores.NoticeHeld).Lease
		b.requireSame(b.get("e").Lease, first)
		b.lose("Release", b.releasing("e", giveBack(first.Attempt)))
		b.await(notices, stores.NoticeVacated)
		second := b.acquire(request("e", "alice", 2))
		b.await(notices, stores.NoticeHeld)
		b.lose("Release", b.releasing("e", second.Tenure))
		b.await(notices, stores.NoticeVacated)
	}},
}

// eachCall lets each call of a store fail once, on a lease of its own.
func (b *bench) eachCall(fail func(name string, c call) seen) {
	b.Helper()
	for _, name := range slices.Sorted(maps.Keys(b.calls(stores.Lease{}))) {
		attempt := uint64(1)
		if have, live := b.look(name); live {
			attempt = have.Number + 1
		}
		lease := b.acquire(request(name, "alice", attempt))
		fail(name, b.calls(lease.Lease)[name])
	}
}

// changes are calls that would change something about the lease, or must not.
func (b *bench) changes(lease stores.Lease) map[string]call {
	higher := request(lease.Election, lease.Participant, lease.Number+1)
	return map[string]call{
		"a repeated Acquire":       b.acquiring(with(request(lease.Election, lease.Participant, lease.Number), 2*long)),
		"a higher Acquire":         b.acquiring(higher),
		"another's Acquire":        b.acquiring(request(lease.Election, "bob", 1)),
		"Renew":                    b.renewing(lease, 2*long),
		"Release":                  b.releasing(lease.Election, lease.Tenure),
		"Release, as a give-back,": b.releasing(lease.Election, giveBack(lease.Attempt)),
		"Revoke":                   b.revoking(lease.Election, lease.Fence),
	}
}

// lostRelease releases the lease on election e, with the answer lost.
func (b *bench) lostRelease(tenure stores.Tenure) {
	b.Helper()
	b.lose("Release", b.releasing("e", tenure))
	b.vacant("e")
	b.release("e", tenure, false)
	other := b.acquire(request("e", "bob", 1))
	b.release("e", tenure, false)
	b.unchanged(other.Lease, other.ends(long))
	b.release("e", other.Tenure, true)
}
