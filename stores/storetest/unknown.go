package storetest

// unknownChecks are about calls that were carried out and whose answers were lost.
var unknownChecks = []check{
	{"an_acquire_whose_answer_is_lost_is_granted_once_when_it_is_repeated", 4, func(b *bench) {
		req := request("e", "alice", 1)
		req.Metadata = map[string]string{"addr": "10.0.0.1:80"}
		lost := b.lose("Acquire", b.acquiring(req))
		b.pass(b.tick)
		repeat := with(request("e", "alice", 1), 2*long)
		again := b.acquire(repeat)
		b.Equal(req.Metadata, again.Metadata, "metadata of the first send")
		b.requireLeft(again, lost.ends(long))
		b.requireSame(again.Lease, b.acquire(repeat).Lease)
		b.requireSame(again.Lease, b.refused(request("e", "bob", 1)).Lease)
		b.unchanged(again.Lease, lost.ends(long))
	}},
	{"an_acquire_whose_answer_is_lost_can_be_given_back", 4, func(b *bench) {
		req := request("e", "alice", 1)
		b.lose("Acquire", b.acquiring(req))
		b.release("e", giveBack(req.Attempt), true)
		b.vacant("e")
		b.release("e", giveBack(req.Attempt), false)
		b.acquire(request("e", "bob", 1))
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
		b.lose("Release", b.releasing("e", first.Tenure))
		b.vacant("e")
		b.release("e", first.Tenure, false)
		second := b.acquire(request("e", "bob", 1))
		b.release("e", first.Tenure, false)
		b.unchanged(second.Lease, second.ends(long))
	}},
	{"a_revocation_whose_answer_is_lost_counts", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.lose("Revoke", b.revoking("e", first.Fence))
		b.True(b.lost("e", first.Tenure).Revoked, "Revoked of the LostError")
		b.revoke("e", first.Fence, true)
		b.unchanged(revoked(first.Lease), first.ends(long))
	}},
}
