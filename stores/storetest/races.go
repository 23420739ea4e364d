package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// racers is how many calls each race is of: enough to meet, and few enough for a store with few connections.
const racers = 16

// The first round of a race is on one of these elections, and planted faults know them, too. One is vacant when the race
// begins; on the other alice holds.
const (
	raced     = "raced"
	contested = "contested"
)

// inRounds runs a race several times, each on an election of its own.
func inRounds(election string, race func(election string)) {
	race(election)
	for round := 2; round <= 5; round++ {
		race(fmt.Sprintf("%s %d", election, round))
	}
}

// racer is a call that takes part in a race.
type racer func() (outcome, error)

// outcome is what a call answered: a lease, or yes or no.
type outcome struct {
	stores.Lease
	yes bool
}

func (b *bench) toAcquire(req stores.AcquireRequest) racer {
	return func() (o outcome, err error) { o.Lease, err = b.store.Acquire(b.ctx, req); return o, err }
}

func (b *bench) toRenew(of stores.Lease, lease time.Duration) racer {
	req := stores.RenewRequest{Election: of.Election, Tenure: of.Tenure, Lease: lease}
	return func() (o outcome, err error) { o.Lease, err = b.store.Renew(b.ctx, req); return o, err }
}

func (b *bench) toRelease(election string, tenure stores.Tenure) racer {
	return func() (o outcome, err error) { o.yes, err = b.store.Release(b.ctx, election, tenure); return o, err }
}

func (b *bench) toRevoke(election string, fence uint64) racer {
	return func() (o outcome, err error) { o.yes, err = b.store.Revoke(b.ctx, election, fence); return o, err }
}

// several are n racers, numbered from 1.
func several(n uint64, makeRacer func(i uint64) racer) (all []racer) {
	for i := uint64(1); i <= n; i++ {
		all = append(all, makeRacer(i))
	}
	return all
}

// race makes calls at once, and requires that those refused are refused by one of the classes given, and no other fails.
func (b *bench) race(calls []racer, refusals ...error) (answers []answer[outcome]) {
	b.Helper()
	b.Len(calls, racers)
	answers = together(b, len(calls), func(i int) (outcome, error) { return calls[i]() })
	for _, a := range answers {
		refused := slices.ContainsFunc(refusals, func(class error) bool { return errors.Is(a.err, class) })
		b.True(a.err == nil || refused, "a call among others failed: %v", a.err)
	}
	return answers
}

// granted are the leases that were answered, in the order of their fences.
func granted(answers []answer[outcome]) (leases []stores.Lease) {
	for _, a := range answers {
		if a.err == nil && a.value.Fence != 0 {
			leases = append(leases, a.value.Lease)
		}
	}
	slices.SortStableFunc(leases, func(a, b stores.Lease) int {
		if a.Fence < b.Fence {
			return -1
		}
		return 1
	})
	return leases
}

// yeses is how many calls were answered with yes.
func yeses(answers []answer[outcome]) (n int) {
	for _, a := range answers {
		if a.value.yes {
			n++
		}
	}
	return n
}

// raceChecks are about calls made at once on one election. In whatever order they came, which nobody can tell, the store
// must answer, and be left, as if they had come one after the other.
var raceChecks = []check{
	{"of_many_that_try_at_once_one_is_granted", 3, func(b *bench) {
		inRounds(raced, func(election string) {
			answers := b.race(several(racers, func(i uint64) racer {
				return b.toAcquire(request(election, fmt.Sprint("p", i), 1))
			}), stores.ErrHeld)
			b.Len(granted(answers), 1, "leases granted")
			b.requireSame(granted(answers)[0], b.get(election).Lease)
		})
	}},
	{"of_many_repeats_at_once_all_are_granted_under_one_fence", 4, func(b *bench) {
		inRounds(raced, func(election string) {
			sent := b.now()
			answers := b.race(slices.Repeat([]racer{b.toAcquire(request(election, "alice", 1))}, racers))
			ends := window{early: sent + long, late: b.now() + long}
			for _, lease := range granted(answers) {
				b.unchanged(lease, ends)
			}
		})
	}},
	{"of_many_attempts_at_once_the_highest_stands", 4, func(b *bench) {
		inRounds(raced, func(election string) {
			leases := granted(b.race(several(racers, func(i uint64) racer {
				return b.toAcquire(request(election, "alice", i))
			}), stores.ErrHeld))
			b.NotEmpty(leases, "leases granted")
			for i := range leases[1:] {
				b.Greater(leases[i+1].Number, leases[i].Number, "attempt that replaced another")
				b.Greater(leases[i+1].Fence, leases[i].Fence, "fence of attempt %d", leases[i+1].Number)
			}
			highest := leases[len(leases)-1]
			b.Equal(uint64(racers), highest.Number, "the highest attempt is granted, whatever came before")
			b.requireSame(highest, b.get(election).Lease)
		})
	}},
	{"of_many_releases_at_once_one_frees", 3, func(b *bench) {
		inRounds(contested, func(election string) {
			first := b.acquire(request(election, "alice", 1))
			answers := b.race(append(
				slices.Repeat([]racer{b.toRelease(election, first.Tenure)}, racers/2),
				slices.Repeat([]racer{b.toRelease(election, giveBack(first.Attempt))}, racers/2)...))
			b.Equal(1, yeses(answers), "releases that freed the lease")
			b.vacant(election)
		})
	}},
	{"releases_at_once_free_nobody_elses_lease", 3, func(b *bench) {
		inRounds(contested, func(election string) {
			first := b.acquire(request(election, "alice", 1))
			answers := b.race(append(
				slices.Repeat([]racer{b.toRelease(election, first.Tenure)}, racers/2),
				several(racers/2, func(i uint64) racer { return b.toAcquire(request(election, fmt.Sprint("p", i), 1)) })...),
				stores.ErrHeld)
			b.Equal(1, yeses(answers), "releases that freed the lease")
			b.onlyGrant(election, granted(answers), first.Fence)
		})
	}},
	{"give_backs_at_once_free_no_higher_attempt", 4, func(b *bench) {
		inRounds(contested, func(election string) {
			first := b.acquire(request(election, "alice", 1))
			answers := b.race(append(
				slices.Repeat([]racer{b.toRelease(election, giveBack(first.Attempt))}, racers-1),
				b.toAcquire(request(election, "alice", 2))))
			b.LessOrEqual(yeses(answers), 1, "give-backs that freed a lease")
			b.Len(granted(answers), 1, "leases granted")
			b.onlyGrant(election, granted(answers), first.Fence)
		})
	}},
	{"a_give_back_stands_against_repeats_at_once", 4, func(b *bench) {
		inRounds(contested, func(election string) {
			first := b.acquire(request(election, "alice", 1))
			answers := b.race(append(
				slices.Repeat([]racer{b.toAcquire(request(election, "alice", 1))}, racers-1),
				b.toRelease(election, giveBack(first.Attempt))))
			b.Equal(1, yeses(answers), "give-backs that freed the lease")
			// What is repeated after the give-back is granted anew.
			anew := slices.DeleteFunc(granted(answers), func(l stores.Lease) bool { return l.Fence == first.Fence })
			b.onlyGrant(election, anew, first.Fence)
		})
	}},
	{"of_many_renewals_at_once_the_longest_counts_and_no_more", 4, func(b *bench) {
		inRounds(contested, func(election string) {
			first := b.acquire(request(election, "alice", 1))
			asked := func(i uint64) time.Duration { return time.Duration(i) * long }
			sent := b.now()
			answers := b.race(several(racers, func(i uint64) racer { return b.toRenew(first.Lease, asked(i)) }))
			got := b.now()
			for i, a := range answers {
				ends := window{early: sent + asked(uint64(i+1)), late: got + asked(racers)}
				b.requireLeft(seen{Lease: a.value.Lease, sent: sent, got: got}, ends)
			}
			b.unchanged(first.Lease, window{early: sent + asked(racers), late: got + asked(racers)})
		})
	}},
	{"a_release_stands_against_renewals_at_once", 3, func(b *bench) {
		inRounds(contested, func(election string) {
			first := b.acquire(request(election, "alice", 1))
			answers := b.race(append(
				slices.Repeat([]racer{b.toRenew(first.Lease, 2*long)}, racers-1),
				b.toRelease(election, first.Tenure)), stores.ErrLost)
			b.Equal(1, yeses(answers), "releases that freed the lease")
			b.vacant(election)
			b.lost(election, first.Tenure)
		})
	}},
	{"a_revocation_stands_against_renewals_at_once", 3, func(b *bench) {
		inRounds(contested, func(election string) {
			first := b.acquire(request(election, "alice", 1))
			answers := b.race(append(
				slices.Repeat([]racer{b.toRenew(first.Lease, 2*long)}, racers-1),
				b.toRevoke(election, first.Fence)), stores.ErrLost)
			b.Equal(1, yeses(answers), "revocations that found the lease")
			b.requireSame(revoked(first.Lease), b.get(election).Lease)
			b.True(b.lost(election, first.Tenure).Revoked, "Revoked of the LostError")
		})
	}},
}

// onlyGrant requires that all leases granted are one, under a fence above the one given, and that it stands. Where none
// was granted, the election must be vacant.
func (b *bench) onlyGrant(election string, leases []stores.Lease, above uint64) {
	b.Helper()
	if len(leases) == 0 {
		b.vacant(election)
		return
	}
	now := b.get(election)
	b.Greater(now.Fence, above, "fence of the lease that stands")
	for _, lease := range leases {
		b.requireSame(lease, now.Lease)
	}
}
