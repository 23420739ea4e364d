package storetest

// grantChecks are about who is granted a lease.
var grantChecks = []check{
	{"a_vacant_election_is_granted_for_the_time_asked", 1, func(b *bench) {
		b.vacant("e")
		first := b.acquire(request("e", "alice", 1))
		b.Equal("alice", first.Participant)
		b.False(first.Revoked)
		b.LessOrEqual(first.TimeLeft, long, "more time was granted than asked")
		b.requireLeft(first, first.ends(long))
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"a_held_election_is_refused_with_holder_fence_and_time_left", 8, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		refusal := b.refused(with(request("e", "bob", 1), 2*long))
		b.requireSame(first.Lease, refusal.Lease)
		b.requireLeft(refusal, first.ends(long))
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"two_incarnations_of_one_participant_exclude_each_other", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		for _, attempt := range []uint64{1, 2} {
			other := request("e", "alice", attempt)
			other.Attempt.Incarnation = "second run of alice"
			b.requireSame(first.Lease, b.refused(other).Lease)
		}
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"a_repeated_acquire_is_granted_once_with_the_same_fence_and_the_time_really_left", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		again := b.acquire(with(request("e", "alice", 1), 2*long))
		b.requireSame(first.Lease, again.Lease)
		b.requireLeft(again, first.ends(long))
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"an_incarnation_replaces_its_own_lower_attempt_under_a_new_fence", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		second := b.acquire(request("e", "alice", 3))
		b.Greater(second.Fence, first.Fence, "fence of the replacement")
		b.requireLeft(second, second.ends(long))
		b.lost("e", first.Tenure)
		b.unchanged(second.Lease, second.ends(long))
	}},
	{"a_lower_attempt_is_refused", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 3))
		b.requireSame(first.Lease, b.refused(request("e", "alice", 2)).Lease)
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"elections_are_independent", 3, func(b *bench) {
		// Names that a careless key would fold together: by case, blanks, separators, or Unicode normal form.
		names := []string{
			"orders", "Orders", " orders", "orders ", "orders:lease", "orders/lease", "{orders}", "orders}", "ord*rs",
			"caf\u00e9", "cafe\u0301", "fence", "lease", "%s", "\u00a0",
		}
		leases := map[string]seen{}
		for _, name := range names {
			leases[name] = b.acquire(request(name, "holder of "+name, 1))
		}
		b.release("Orders", leases["Orders"].Tenure, true)
		b.vacant("Orders")
		for _, name := range names {
			if name != "Orders" {
				b.unchanged(leases[name].Lease, leases[name].ends(long))
			}
		}
	}},
}
