package storetest

// lateChecks are about requests that arrive when others have been carried out since they were sent. What the participant
// has done since may not be harmed, nor may anybody else.
var lateChecks = []check{
	{"a_late_release_frees_no_newer_tenure", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		deliver := b.late("Release", b.releasing("e", first.Tenure))
		second := b.acquire(request("e", "alice", 2))
		deliver()
		b.unchanged(second.Lease, second.ends(long))
	}},
	{"a_late_give_back_frees_no_newer_tenure", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		deliver := b.late("Release", b.releasing("e", giveBack(first.Attempt)))
		second := b.acquire(request("e", "alice", 2))
		deliver()
		b.unchanged(second.Lease, second.ends(long))
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
	{"a_late_renewal_extends_no_other_lease", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		deliver := b.late("Renew", b.renewing(first.Lease, 2*long))
		b.release("e", first.Tenure, true)
		second := b.acquire(request("e", "bob", 1))
		deliver()
		b.unchanged(second.Lease, second.ends(long))
	}},
	{"a_late_acquire_replaces_no_higher_attempt", 4, func(b *bench) {
		deliver := b.late("Acquire", b.acquiring(request("e", "alice", 1)))
		second := b.acquire(request("e", "alice", 2))
		deliver()
		b.unchanged(second.Lease, second.ends(long))
	}},
	{"an_orphan_delays_others_by_its_lease_at_most", 4, func(b *bench) {
		req := with(request("e", "alice", 1), b.short)
		deliver := b.late("Acquire", b.acquiring(req))
		b.release("e", giveBack(req.Attempt), false) // it had not arrived yet
		orphan := deliver()
		b.passEnd(orphan.ends(b.short))
		b.acquire(request("e", "bob", 1))
	}},
	{"an_orphan_is_replaced_by_a_higher_attempt", 4, func(b *bench) {
		req := request("e", "alice", 1)
		deliver := b.late("Acquire", b.acquiring(req))
		b.release("e", giveBack(req.Attempt), false)
		deliver()
		orphan := b.refused(request("e", "bob", 1))
		b.Equal(req.Attempt, orphan.Attempt, "attempt of the orphan")
		second := b.acquire(request("e", "alice", 2))
		b.Greater(second.Fence, orphan.Fence, "fence of the replacement")
	}},
}
