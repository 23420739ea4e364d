package proptest

import (
	"context"
	"errors"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// errSettling is what a store answers that grants nothing yet: the outcome is known to the store, and unknown to who asks.
var errSettling = errors.New("proptest: the store was promoted or restarted, and grants nothing yet")

// failingStore is a store that loses what it was told last: a primary whose replica takes over before all was copied, or
// one that restarts. It keeps the calls, each with the reading of the clock, and a store that has lost some is a new one
// to which the others were repeated at those readings. So primary and replica are the very code that ships.
type failingStore struct {
	stores.Watcher
	open  func(now func() time.Time) stores.Watcher
	clock func() time.Time
	// at is the true time.
	at func() int64
	// past is the reading at which a call is repeated; zero while none is.
	past  time.Time
	calls []pastCall
	// highest is the highest fence that the store knows of, and before what it was before the last call.
	highest, before uint64
	// settle is how long nothing is granted once something may have been lost, and settled when that ends.
	settle  time.Duration
	settled time.Time
	putOff  func()
}

// pastCall is a call that may have changed the store, at a reading of its clock and at a true time.
type pastCall struct {
	reading time.Time
	at      int64
	make    func(stores.Store) (stores.Lease, bool, error)
}

func (s *failingStore) now() time.Time {
	if !s.past.IsZero() {
		return s.past
	}
	return s.clock()
}

// lose makes the store one that knows of so many calls only, and returns the subscription to it; the former one is dead.
func (s *failingStore) lose(kept int) (<-chan stores.Notice, error) {
	s.Watcher, s.highest, s.calls = s.open(s.now), 0, s.calls[:kept]
	notices, err := s.Watch(context.Background(), election)
	if err != nil {
		return nil, err
	}
	for i := range s.calls {
		s.past = s.calls[i].reading
		_, _, _ = s.do(&s.calls[i]) // as it was answered then
	}
	s.past = time.Time{}
	select {
	case <-notices:
	default:
	}
	s.settled = s.clock().Add(s.settle)
	return notices, nil
}

func (s *failingStore) do(c *pastCall) (stores.Lease, bool, error) {
	lease, done, err := c.make(s.Watcher)
	s.before, s.highest = s.highest, max(s.highest, lease.Fence)
	return lease, done, err
}

// knownAt returns how many calls had been made by a true time.
func (s *failingStore) knownAt(at int64) int {
	n := len(s.calls)
	for n > 0 && s.calls[n-1].at > at {
		n--
	}
	return n
}

func (s *failingStore) call(call func(stores.Store) (stores.Lease, bool, error)) (stores.Lease, bool, error) {
	s.calls = append(s.calls, pastCall{reading: s.clock(), at: s.at(), make: call})
	return s.do(&s.calls[len(s.calls)-1])
}

// Acquire implements [stores.Store]. While the store settles it answers what it knows, and grants nothing new.
func (s *failingStore) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	if s.clock().Before(s.settled) {
		lease, err := s.Get(ctx, election)
		known := err == nil && (lease.Attempt == req.Attempt ||
			lease.Incarnation != req.Attempt.Incarnation || lease.Number > req.Attempt.Number)
		if !known {
			s.putOff()
			return stores.Lease{}, errSettling
		}
	}
	lease, _, err := s.call(func(to stores.Store) (lease stores.Lease, _ bool, err error) {
		lease, err = to.Acquire(ctx, req)
		return lease, false, err
	})
	return lease, err
}

// Renew implements [stores.Store].
func (s *failingStore) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	lease, _, err := s.call(func(to stores.Store) (lease stores.Lease, _ bool, err error) {
		lease, err = to.Renew(ctx, req)
		return lease, false, err
	})
	return lease, err
}

// Release implements [stores.Store].
func (s *failingStore) Release(ctx context.Context, name string, tenure stores.Tenure) (bool, error) {
	_, done, err := s.call(func(to stores.Store) (_ stores.Lease, done bool, err error) {
		done, err = to.Release(ctx, name, tenure)
		return stores.Lease{}, done, err
	})
	return done, err
}

// Revoke implements [stores.Store].
func (s *failingStore) Revoke(ctx context.Context, name string, fence uint64) (bool, error) {
	_, done, err := s.call(func(to stores.Store) (_ stores.Lease, done bool, err error) {
		done, err = to.Revoke(ctx, name, fence)
		return stores.Lease{}, done, err
	})
	return done, err
}
