package storetest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/storetest"
)

// ownStore is a complete store in about a hundred lines, to be read by those who write their own: a map under a mutex. A
// store on a database keeps the same fields in a row and makes each of these steps one transaction, on the
// database's clock.
type ownStore struct {
	now func() time.Time
	mu  sync.Mutex
	// A row per election outlives its leases, because of the fence.
	rows map[string]*row
}

type row struct {
	lease stores.Lease  // the present tenure or, once it is over, the last; its fence is the highest minted
	end   time.Time     // when the tenure is over; zero for one that was released, or seen to be over
	span  time.Duration // the time that was asked for when the end was set
}

// begin is what all calls have in common: bad input and ended contexts have no effect, and what follows is one atomic
// step, with one reading of the clock. The caller unlocks.
func (s *ownStore) begin(ctx context.Context, invalid error, election string) (r *row, now time.Time, live bool, err error) {
	if invalid != nil {
		return nil, now, false, invalid
	}
	if err := ctx.Err(); err != nil {
		return nil, now, false, fmt.Errorf("own store: %w", err)
	}
	s.mu.Lock()
	if s.rows[election] == nil {
		s.rows[election] = &row{}
	}
	r, now = s.rows[election], s.now()
	if live = now.Before(r.end); !live {
		r.end = time.Time{} // So it stays, also if the clock is set back.
	}
	return r, now, live, nil
}

// at is the lease as a caller gets it: with the time left, and with metadata of its own. If the clock was set back, the
// time left is not what it says.
func (r *row) at(now time.Time) stores.Lease {
	lease := r.lease.Clone()
	lease.TimeLeft = min(r.end.Sub(now), r.span)
	return lease
}

func (s *ownStore) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	r, now, live, err := s.begin(ctx, req.Validate(), req.Election)
	if err != nil {
		return stores.Lease{}, err
	}
	defer s.mu.Unlock()
	clock := uint64(now.UnixMicro())
	if limit := clock + uint64(stores.MaxFenceAhead.Microseconds()); req.HighestFence > limit {
		return stores.Lease{}, &stores.FenceClaimError{Election: req.Election, Claimed: req.HighestFence, Limit: limit}
	}
	if live {
		own := r.lease.Incarnation == req.Attempt.Incarnation
		switch {
		case own && r.lease.Number == req.Attempt.Number:
			return r.at(now), nil // A repetition: granted once, and not extended.
		case !own || r.lease.Number > req.Attempt.Number:
			return stores.Lease{}, &stores.HeldError{Lease: r.at(now)}
		}
	}
	fence := max(r.lease.Fence+1, req.HighestFence+1, clock)
	r.end, r.span = now.Add(req.Lease), req.Lease
	r.lease = stores.Lease{
		Election: req.Election, Participant: req.Participant, AcquiredAt: now, Metadata: req.Metadata,
		Tenure: stores.Tenure{Attempt: req.Attempt, Fence: fence},
	}.Clone()
	return r.at(now), nil
}

func (s *ownStore) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	r, now, live, err := s.begin(ctx, req.Validate(), req.Election)
	if err != nil {
		return stores.Lease{}, err
	}
	defer s.mu.Unlock()
	ours := live && r.lease.Tenure == req.Tenure
	if !ours || r.lease.Revoked {
		return stores.Lease{}, &stores.LostError{Election: req.Election, Tenure: req.Tenure, Revoked: ours}
	}
	if end := now.Add(req.Lease); end.After(r.end) {
		r.end, r.span = end, req.Lease
	}
	return r.at(now), nil
}

func (s *ownStore) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	r, _, live, err := s.begin(ctx, stores.ValidateRelease(election, tenure), election)
	if err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	giveBack := tenure.Fence == 0
	if !live || r.lease.Attempt != tenure.Attempt || (!giveBack && r.lease.Fence != tenure.Fence) {
		return false, nil
	}
	r.end = time.Time{}
	return true, nil
}

func (s *ownStore) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	r, _, live, err := s.begin(ctx, stores.ValidateRevoke(election, fence), election)
	if err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if !live || r.lease.Fence != fence {
		return false, nil
	}
	r.lease.Revoked = true
	return true, nil
}

func (s *ownStore) Get(ctx context.Context, election string) (stores.Lease, error) {
	r, now, live, err := s.begin(ctx, stores.ValidateName("election", election), election)
	if err != nil {
		return stores.Lease{}, err
	}
	defer s.mu.Unlock()
	if !live {
		return stores.Lease{}, fmt.Errorf("%w: %q", stores.ErrVacant, election)
	}
	return r.at(now), nil
}

func (s *ownStore) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("own store: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, leases := s.now(), []stores.Lease{}
	for name, r := range s.rows {
		if !now.Before(r.end) {
			r.end = time.Time{}
		} else if strings.HasPrefix(name, prefix) {
			leases = append(leases, r.at(now))
		}
	}
	slices.SortFunc(leases, func(a, b stores.Lease) int { return strings.Compare(a.Election, b.Election) })
	return leases, nil
}

// TestOwnStore is all that it takes to hold a store to the contract. The clock is one that the suite moves and sets;
// without Advance and Now, the suite waits in real time where it must. A store that is not in this process gives a Lose
// and a Late of its own, in place of those of InProcess.
func TestOwnStore(t *testing.T) {
	now := time.Now().Round(0) // without the monotonic reading, as a database keeps it
	move := func(_ *testing.T, d time.Duration) { now = now.Add(d) }
	storetest.Run(t, storetest.InProcess(storetest.Harness{
		New: func(*testing.T) stores.Store {
			return &ownStore{now: func() time.Time { return now }, rows: map[string]*row{}}
		},
		Advance: move,
		Step:    move,
		Now:     func(*testing.T) time.Time { return now },
	}))
}

// A store in this process loses no message. InProcess puts a link before it that does.
func ExampleInProcess() {
	complete := storetest.InProcess(storetest.Harness{
		New: func(*testing.T) stores.Store { return &ownStore{now: time.Now, rows: map[string]*row{}} },
	})
	fmt.Println(complete.Lose != nil, complete.Late != nil)
	// Output: true true
}

func ExampleOutcome() {
	verdict := storetest.Verdict{Check: "a_lower_attempt_is_refused", Outcome: storetest.Failed}
	fmt.Println(verdict.Check, verdict.Outcome)
	// Output: a_lower_attempt_is_refused failed
}
