package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// raced is the election of the races; a planted fault knows it too.
const raced = "raced"

// racers is how many race: enough to meet, and few enough for a store with few connections.
const racers = 16

// raceChecks are about calls of many goroutines at once.
var raceChecks = []check{
	{"of_many_that_try_at_once_one_is_granted", 3, func(b *bench) {
		var granted []stores.Lease
		for _, a := range together(b, racers, func(i int) (stores.Lease, error) {
			return b.store.Acquire(b.ctx, request(raced, fmt.Sprint("p", i), 1))
		}) {
			if a.err == nil {
				granted = append(granted, a.value)
			} else {
				b.ErrorIs(a.err, stores.ErrHeld, "an answer that is no grant")
			}
		}
		b.Len(granted, 1, "leases granted")
		b.requireSame(granted[0], b.get(raced).Lease)
	}},
	{"of_many_repeats_at_once_all_are_granted_under_one_fence", 4, func(b *bench) {
		for _, a := range together(b, racers, func(int) (stores.Lease, error) {
			return b.store.Acquire(b.ctx, request(raced, "alice", 1))
		}) {
			b.NoError(a.err, "a repeat")
			b.requireSame(b.get(raced).Lease, a.value)
		}
	}},
	{"of_many_attempts_at_once_the_highest_stands", 4, func(b *bench) {
		for round := range 8 {
			election := fmt.Sprint("e", round)
			var highest stores.Lease
			for _, a := range together(b, racers, func(i int) (stores.Lease, error) {
				return b.store.Acquire(b.ctx, request(election, "alice", uint64(i+1)))
			}) {
				if a.err != nil {
					b.ErrorIs(a.err, stores.ErrHeld, "a lower attempt")
					continue
				}
				b.Greater(a.value.Fence, highest.Fence, "fence of attempt %d", a.value.Attempt.Number)
				highest = a.value
			}
			b.Equal(uint64(racers), highest.Attempt.Number, "the highest attempt is granted, whatever came before")
			b.requireSame(highest, b.get(election).Lease)
		}
	}},
	{"of_many_releases_at_once_one_frees", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		freed := 0
		for _, a := range together(b, racers, func(int) (bool, error) { return b.store.Release(b.ctx, "e", first.Tenure) }) {
			b.NoError(a.err, "Release")
			if a.value {
				freed++
			}
		}
		b.Equal(1, freed, "releases that freed the lease")
		b.vacant("e")
	}},
	{"of_many_renewals_at_once_the_longest_counts_and_no_more", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		longest := window{early: b.now() + racers*long}
		for _, a := range together(b, racers, func(i int) (stores.Lease, error) {
			return b.store.Renew(b.ctx, stores.RenewRequest{
				Election: "e", Tenure: first.Tenure, Lease: time.Duration(i+1) * long,
			})
		}) {
			b.NoError(a.err, "Renew")
		}
		longest.late = b.now() + racers*long
		b.unchanged(first.Lease, longest)
	}},
	{"a_release_and_a_renewal_at_once_leave_the_lease_or_nothing", 3, func(b *bench) {
		for attempt := uint64(1); attempt <= 8; attempt++ {
			first := b.acquire(request("e", "alice", attempt))
			answers := together(b, 2, func(i int) (bool, error) {
				if i == 0 {
					return b.store.Release(b.ctx, "e", first.Tenure)
				}
				_, err := b.store.Renew(b.ctx, stores.RenewRequest{Election: "e", Tenure: first.Tenure, Lease: 2 * long})
				return err == nil, err
			})
			b.NoError(answers[0].err, "Release")
			b.True(answers[0].value, "whether Release freed the lease")
			b.True(answers[1].err == nil || errors.Is(answers[1].err, stores.ErrLost), "Renew: %v", answers[1].err)
			b.vacant("e")
		}
	}},
}
