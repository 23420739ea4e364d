package storetest

import (
	"time"

	"github.com/tenure-go/tenure/stores"
)

// onlyListed returns the one lease that List tells of.
func (b *bench) onlyListed() (stores.Lease, error) {
	b.Helper()
	leases, err := b.store.List(b.ctx, "")
	b.NoError(err, "List")
	b.Len(leases, 1, "leases listed")
	return leases[0], nil
}

// timeChecks are about how long a lease lasts.
var timeChecks = []check{
	{"a_lease_ends_by_itself_and_another_takes_over", 4, func(b *bench) {
		first := b.acquire(with(request("e", "alice", 1), b.short))
		b.passEnd(first.ends(b.short))
		b.vacant("e")
		second := b.acquire(request("e", "bob", 1))
		b.Greater(second.Fence, first.Fence)
		b.unchanged(second.Lease, second.ends(long))
	}},
	{"a_lease_is_live_up_to_its_end_and_not_beyond", 4, func(b *bench) {
		if b.h.Advance == nil {
			b.Skipf("needs a clock that the suite moves")
		}
		margin := b.tolerance + time.Millisecond
		first := b.acquire(request("e", "alice", 1))
		b.pass(long - margin)
		b.unchanged(first.Lease, first.ends(long))
		b.requireSame(first.Lease, b.refused(request("e", "bob", 1)).Lease)
		b.pass(2 * margin)
		b.vacant("e")
		b.acquire(request("e", "bob", 2))
	}},
	{"time_left_goes_down_as_the_stores_clock_goes_on", 8, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		for range 3 {
			b.pass(b.tick)
			b.requireLeft(b.get("e"), first.ends(long))
		}
		listed, err := b.see(b.onlyListed)
		b.NoError(err)
		b.requireSame(first.Lease, listed.Lease)
		b.requireLeft(listed, first.ends(long))
	}},
	{"a_renewal_counts_from_now", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		renewed := b.renew(first.Lease, long)
		b.LessOrEqual(renewed.TimeLeft, long, "more time was granted than asked")
		b.requireLeft(renewed, renewed.ends(long))
		b.unchanged(first.Lease, renewed.ends(long))
		renewed = b.renew(first.Lease, 2*long)
		b.requireLeft(renewed, renewed.ends(2*long))
		b.unchanged(first.Lease, renewed.ends(2*long))
	}},
	{"neither_renewal_nor_repeat_shortens", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		b.requireLeft(b.renew(first.Lease, b.short), first.ends(long))
		b.unchanged(first.Lease, first.ends(long))
		b.requireLeft(b.acquire(with(request("e", "alice", 1), b.short)), first.ends(long))
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"a_renewal_of_an_expired_lease_is_lost", 3, func(b *bench) {
		first := b.acquire(with(request("e", "alice", 1), b.short))
		b.passEnd(first.ends(b.short))
		b.False(b.lost("e", first.Tenure).Revoked)
		b.vacant("e")
	}},
}
