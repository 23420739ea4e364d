package history

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// Recorder writes down what is asked of stores and what they answer. Its zero value is ready to use. Its methods, and the
// stores that it wraps, may be used from many goroutines. It must not be copied after first use.
type Recorder struct {
	// Now is the clock of the history: time since any fixed instant, never going back. Nil means the machine's monotonic
	// clock since the first call. Where the store's clock is moved by the test, its reading here makes time exact.
	Now func() time.Duration

	mu    sync.Mutex
	begun time.Time
	last  uint64 // the place of the last event
	all   []*Operation
}

// Wrap returns a store that does what the given one does, and records it. Several stores may be wrapped that keep their
// leases in one place, as the clients of one server. It is a [stores.Watcher] if the store is one; watches are not recorded.
func (r *Recorder) Wrap(store stores.Store) stores.Store {
	recorded := recorded{store: store, by: r}
	if watcher, ok := store.(stores.Watcher); ok {
		return recordedWatcher{recorded, watcher}
	}
	return recorded
}

// History returns what was recorded so far. Calls that have not returned yet are in it, without an answer.
func (r *Recorder) History() []Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	history := make([]Operation, len(r.all))
	for i, op := range r.all {
		history[i] = *op
	}
	return history
}

// sent writes a call down, before it is made.
func (r *Recorder) sent(op Operation) *Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	op.Sent, op.From = r.last, r.now()
	r.all = append(r.all, &op)
	return &op
}

// answer is what a call returned.
type answer struct {
	outcome Outcome
	err     error
	leases  []stores.Lease
	revoked bool
}

// answered writes an answer down, after the call has returned.
func (r *Recorder) answered(op *Operation, a answer) {
	leases := slices.Clone(a.leases)
	for i := range leases {
		leases[i] = leases[i].Clone()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.err != nil {
		op.Err = a.err.Error()
	}
	if a.outcome == Unknown {
		return
	}
	r.last++
	op.Outcome, op.Leases, op.Revoked, op.Answered, op.Until = a.outcome, leases, a.revoked, r.last, r.now()
}

// now reads the clock. The caller has the lock, so that places and times are in one order.
func (r *Recorder) now() time.Duration {
	if r.Now != nil {
		return r.Now()
	}
	if r.begun.IsZero() {
		r.begun = time.Now()
	}
	return time.Since(r.begun)
}

type recorded struct {
	store stores.Store
	by    *Recorder
}

func (s recorded) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	asked := req
	asked.Metadata = maps.Clone(req.Metadata)
	op := s.by.sent(Operation{Call: Acquire, Election: req.Election, Request: asked})
	lease, err := s.store.Acquire(ctx, req)
	a := answered(lease, err)
	var held *stores.HeldError
	if errors.As(err, &held) {
		a.outcome, a.leases = No, []stores.Lease{held.Lease}
	}
	s.by.answered(op, a)
	return lease, err
}

func (s recorded) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	op := s.by.sent(Operation{Call: Renew, Election: req.Election, Tenure: req.Tenure, Lease: req.Lease})
	lease, err := s.store.Renew(ctx, req)
	a := answered(lease, err)
	var lost *stores.LostError
	if errors.As(err, &lost) {
		a.outcome, a.revoked = No, lost.Revoked
	}
	s.by.answered(op, a)
	return lease, err
}

func (s recorded) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	op := s.by.sent(Operation{Call: Release, Election: election, Tenure: tenure})
	freed, err := s.store.Release(ctx, election, tenure)
	s.by.answered(op, answer{outcome: told(freed, err), err: err})
	return freed, err
}

func (s recorded) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	op := s.by.sent(Operation{Call: Revoke, Election: election, Tenure: stores.Tenure{Fence: fence}})
	found, err := s.store.Revoke(ctx, election, fence)
	s.by.answered(op, answer{outcome: told(found, err), err: err})
	return found, err
}

func (s recorded) Get(ctx context.Context, election string) (stores.Lease, error) {
	op := s.by.sent(Operation{Call: Get, Election: election})
	lease, err := s.store.Get(ctx, election)
	a := answered(lease, err)
	if errors.Is(err, stores.ErrVacant) {
		a.outcome = No
	}
	s.by.answered(op, a)
	return lease, err
}

func (s recorded) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	op := s.by.sent(Operation{Call: List, Election: prefix})
	leases, err := s.store.List(ctx, prefix)
	s.by.answered(op, answer{outcome: told(true, err), err: err, leases: leases})
	return leases, err
}

// answered is the answer of a call that returns a lease.
func answered(lease stores.Lease, err error) answer {
	if err != nil {
		return answer{outcome: refusal(err), err: err}
	}
	return answer{outcome: Yes, leases: []stores.Lease{lease}}
}

// told is the outcome of a call that answers with yes or no.
func told(yes bool, err error) Outcome {
	switch {
	case err != nil:
		return refusal(err)
	case yes:
		return Yes
	default:
		return No
	}
}

// refusal is the outcome of a call that was answered with an error: it had no effect if the error says so for sure.
func refusal(err error) Outcome {
	if errors.Is(err, stores.ErrInvalid) || errors.Is(err, stores.ErrFenceClaim) {
		return Nothing
	}
	return Unknown
}

type recordedWatcher struct {
	recorded
	watcher stores.Watcher
}

func (s recordedWatcher) Watch(ctx context.Context, election string) (<-chan stores.Notice, error) {
	return s.watcher.Watch(ctx, election)
}
