package storetest

import (
	"math"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// claiming returns the request with a highest fence seen.
func claiming(req stores.AcquireRequest, fence uint64) stores.AcquireRequest {
	req.HighestFence = fence
	return req
}

// micros is an instant as a fence.
func micros(t time.Time) uint64 {
	return uint64(max(t.UnixMicro(), 1))
}

// fenceChecks are about the fences that come with the grants.
var fenceChecks = []check{
	{"a_fence_is_not_below_the_stores_clock", 5, func(b *bench) {
		for attempt := uint64(1); attempt <= 2; attempt++ {
			before, slack := b.clock()
			lease := b.acquire(request("e", "alice", attempt))
			b.GreaterOrEqual(lease.Fence, micros(before.Add(-slack)), "fence of attempt %d", attempt)
			b.pass(b.tick)
		}
	}},
	{"fence_grows_over_expiry_and_release", 5, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.release("e", first.Tenure, true)
		// An hour ahead of the clock, so that it is not the clock which makes the fences grow from here.
		ahead := first.Fence + uint64(time.Hour.Microseconds())
		second := b.acquire(claiming(request("e", "alice", 2), ahead))
		b.release("e", second.Tenure, true)
		third := b.acquire(with(request("e", "bob", 1), b.short))
		b.Greater(third.Fence, second.Fence, "fence after a release")
		b.passEnd(third.ends(b.short))
		fourth := b.acquire(request("e", "carol", 1))
		b.Greater(fourth.Fence, third.Fence, "fence after an expiry")
		b.release("e", stores.Tenure{Attempt: fourth.Attempt}, true)
		fifth := b.acquire(request("e", "dave", 1))
		b.Greater(fifth.Fence, fourth.Fence, "fence after a give-back")
		sixth := b.acquire(request("e", "dave", 2))
		b.Greater(sixth.Fence, fifth.Fence, "fence of a replacement")
	}},
	{"a_claimed_fence_is_exceeded", 5, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.release("e", first.Tenure, true)
		claim := first.Fence + uint64(time.Hour.Microseconds())
		second := b.acquire(claiming(request("e", "alice", 2), claim))
		b.Greater(second.Fence, claim, "fence of a grant")
		claim = second.Fence + uint64(time.Hour.Microseconds())
		third := b.acquire(claiming(request("e", "alice", 3), claim))
		b.Greater(third.Fence, claim, "fence of a replacement")
	}},
	{"a_claim_of_almost_a_day_ahead_is_accepted", 5, func(b *bench) {
		now, slack := b.clock()
		claim := micros(now.Add(stores.MaxFenceAhead - slack - time.Second))
		b.Greater(b.acquire(claiming(request("e", "alice", 1), claim)).Fence, claim)
	}},
	{"a_claim_of_more_than_a_day_ahead_is_refused_and_changes_nothing", 5, func(b *bench) {
		now, slack := b.clock()
		if b.h.Advance == nil {
			slack += time.Hour // The clock goes on between its reading and the call.
		}
		claims := []uint64{micros(now.Add(stores.MaxFenceAhead + slack + time.Second)), 1<<53 + 1, math.MaxInt64}
		for _, claim := range claims {
			b.refusedClaim("vacant", claim)
			b.vacant("vacant")
		}
		lease := b.acquire(request("vacant", "bob", 1))
		b.Less(lease.Fence, claims[0]-uint64(time.Hour.Microseconds()), "fence after a refused claim")
		for _, claim := range claims {
			b.refusedClaim("vacant", claim)
			b.unchanged(lease.Lease, lease.ends(long))
		}
	}},
}

// refusedClaim makes an acquire whose claimed fence must be refused.
func (b *bench) refusedClaim(election string, claim uint64) {
	b.Helper()
	_, err := b.store.Acquire(b.ctx, claiming(request(election, "alice", 1), claim))
	b.ErrorIs(err, stores.ErrFenceClaim, "an acquire that claims fence %d", claim)
	var refused *stores.FenceClaimError
	b.ErrorAs(err, &refused)
	b.Equal(election, refused.Election, "Election of the FenceClaimError")
	b.Equal(claim, refused.Claimed, "Claimed of the FenceClaimError")
	b.Less(refused.Limit, claim, "Limit of the FenceClaimError")
}
