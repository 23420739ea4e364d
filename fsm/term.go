package fsm

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// Term is one tenure of this elector: from the grant of the lease until it is given up or lost. A term that has ended
// never leads again; the next tenure is another Term. All methods may be called from many goroutines.
type Term struct {
	elector *Elector
	lease   stores.Lease
	// bound is the deadline on both clocks, as seen from the last look of the elector at its clock.
	bound atomic.Pointer[clock.Reading]
	// over is set once, when the term ends.
	over   atomic.Pointer[EndedError]
	ctx    termContext
	cancel context.CancelCauseFunc
}

func newTerm(e *Elector, lease stores.Lease) *Term {
	t := &Term{elector: e, lease: lease}
	ctx, cancel := context.WithCancelCause(context.Background())
	t.ctx, t.cancel = termContext{Context: ctx, term: t}, cancel
	return t
}

// Election returns the name of what is led.
func (t *Term) Election() string { return t.lease.Election }

// Fence returns the fencing token: greater than that of every tenure before. Send it with every write to what the
// election protects, and let that refuse a lower one.
func (t *Term) Fence() uint64 { return t.lease.Fence }

// Incarnation returns what tells this elector from every other, also from one with the same participant's name.
func (t *Term) Incarnation() string { return t.lease.Incarnation }

// AcquiredAt returns the instant of the grant on the store's clock.
func (t *Term) AcquiredAt() time.Time { return t.lease.AcquiredAt }

// Remaining returns the time until the deadline as it stands now; 0 when the term is over. A renewal moves the deadline.
func (t *Term) Remaining() time.Duration {
	if t.Err() != nil {
		return 0
	}
	now, bound := t.elector.clock.Now(), t.bound.Load()
	return max(min(bound.Mono-now.Mono, bound.Wall-now.Wall), 0)
}

// Err returns nil while the term leads, and an *[EndedError] from then on. It compares the deadline with the clock at
// each call, so it is the check to make right before a write. While the term leads it takes no lock and allocates nothing.
//
// Between the check and the write's arrival any time may pass; only the fence, compared by what is written to, closes
// that gap.
func (t *Term) Err() error {
	if over := t.over.Load(); over != nil {
		return over
	}
	if t.passed() {
		t.expire()
		return t.over.Load()
	}
	return nil
}

// Context returns a context that ends with the term; [context.Cause] then tells why, as an *[EndedError]. Its own Err
// compares with the clock like [Term.Err]; contexts derived from it end as soon as the runtime gets to it. It has no
// Deadline, since renewals move that.
func (t *Term) Context() context.Context { return t.ctx }

// Register makes known that work under this term has begun in some goroutine: from then on, whatever ends the term, the
// lease is not released, and this elector makes no further try, before done has been called. It fails with [ErrEnded]
// if the term is over, and with ctx's error if ctx ends first. done may be called more than once.
//
// The workload of [Elector.Run] is registered already.
func (t *Term) Register(ctx context.Context) (done func(), err error) {
	return t.elector.register(ctx, t)
}

// passed compares the deadline with the clock. A bound that is restated during the look belongs to a later reading, on a
// wall clock that may have been set meanwhile, so the look is made again.
func (t *Term) passed() bool {
	for {
		bound := t.bound.Load()
		now := t.elector.clock.Now()
		if bound == t.bound.Load() {
			return now.Mono >= bound.Mono || now.Wall >= bound.Wall
		}
	}
}

// rebase states the deadline, which is left away, on both clocks as they are now. Doing so at each look of the elector
// makes a backward step of the wall clock harmless for what follows.
func (t *Term) rebase(now clock.Reading, left time.Duration) {
	bound := now.Add(left)
	t.bound.Store(&bound)
}

// expire ends the term because a look at the clock showed its deadline passed, and lets the elector know: the clock may
// be set back before the elector looks, and a term that anybody saw ended must stay ended.
func (t *Term) expire() {
	if t.end(lifecycle.EventDeadline) {
		t.cancel(t.over.Load())
		t.elector.postExpired(t.lease.Fence)
	}
}

// end makes the term lead no longer. The first reason stays; end reports whether this was it.
func (t *Term) end(reason lifecycle.Event) bool {
	return t.over.CompareAndSwap(nil, &EndedError{Election: t.lease.Election, Fence: t.lease.Fence, Reason: reason})
}

// termContext is a cancellable context whose Err looks at the clock.
type termContext struct {
	context.Context
	term *Term
}

// Err returns [context.Canceled] once the term is over.
func (c termContext) Err() error {
	if c.term.Err() == nil {
		return nil
	}
	// The term ends for every caller before its context is cancelled; Err must not be ahead of Done.
	c.term.cancel(c.term.over.Load())
	return c.Context.Err()
}

// valueContext adds the values of Run's context to a term's.
type valueContext struct {
	termContext
	values context.Context
}

// Value returns the term context's own value, or else that of Run's context.
func (c valueContext) Value(key any) any {
	if v := c.termContext.Value(key); v != nil {
		return v
	}
	return c.values.Value(key)
}
