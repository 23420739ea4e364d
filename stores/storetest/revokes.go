package storetest

import "github.com/tenure-go/tenure/stores"

// revoked returns the lease as it stands once revoked.
func revoked(lease stores.Lease) stores.Lease {
	lease.Revoked = true
	return lease
}

// revokeChecks are about revoked tenures.
var revokeChecks = []check{
	{"a_revoked_tenure_is_not_renewed_and_stands_until_its_present_end", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.revoke("e", first.Fence, true)
		b.pass(b.tick)
		b.True(b.lost("e", first.Tenure).Revoked, "Revoked of the LostError")
		b.unchanged(revoked(first.Lease), first.ends(long))
		refusal := b.refused(request("e", "bob", 1))
		b.requireSame(revoked(first.Lease), refusal.Lease)
		b.requireLeft(refusal, first.ends(long))
	}},
	{"a_revoked_tenure_ends_by_itself", 3, func(b *bench) {
		first := b.acquire(with(request("e", "alice", 1), b.short))
		b.passEnd(first.ends(b.short))
		b.revoke("e", first.Fence, false)
		second := b.acquire(with(request("e", "alice", 2), 2*b.short))
		// On a slow machine without Advance, the lease may be over before it is revoked; it must be over in the end.
		_, err := b.store.Revoke(b.ctx, "e", second.Fence)
		b.NoError(err)
		b.passEnd(second.ends(2 * b.short))
		b.vacant("e")
		b.False(b.lost("e", second.Tenure).Revoked, "Revoked of the LostError once the lease is over")
	}},
	{"a_revoked_tenure_may_be_released", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.revoke("e", first.Fence, true)
		b.release("e", first.Tenure, true)
		b.vacant("e")
		second := b.acquire(request("e", "alice", 2))
		b.revoke("e", second.Fence, true)
		b.release("e", stores.Tenure{Attempt: second.Attempt}, true)
		b.vacant("e")
	}},
	{"a_repeated_acquire_of_a_revoked_tenure_says_so", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.revoke("e", first.Fence, true)
		again := b.acquire(request("e", "alice", 1))
		b.requireSame(revoked(first.Lease), again.Lease)
		b.requireLeft(again, first.ends(long))
		b.lost("e", first.Tenure)
	}},
	{"a_revocation_acts_only_on_the_live_tenure_with_its_fence", 3, func(b *bench) {
		b.revoke("e", 1, false)
		first := b.acquire(claiming(request("e", "alice", 1), 10))
		b.revoke("e", first.Fence-1, false)
		b.revoke("e", first.Fence+1, false)
		b.unchanged(first.Lease, first.ends(long))
		b.revoke("e", first.Fence, true)
		b.revoke("e", first.Fence, true)
		b.release("e", first.Tenure, true)
		b.revoke("e", first.Fence, false)
	}},
	{"a_revocation_ends_with_its_tenure", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.revoke("e", first.Fence, true)
		b.release("e", first.Tenure, true)
		second := b.acquire(request("e", "bob", 1))
		b.False(second.Revoked, "Revoked of the next tenure")
		b.renew(second.Lease, long)
		b.revoke("e", second.Fence, true)
		third := b.acquire(request("e", "bob", 2))
		b.False(third.Revoked, "Revoked of the replacement")
		b.renew(third.Lease, long)
	}},
}
