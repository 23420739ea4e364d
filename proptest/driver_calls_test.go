package proptest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
)

// call is one call of a method that may wait.
type call struct {
	actor *actor
	kind  opKind
	ctx   context.Context
	// at is the actor's clock at the beginning, began the bubble's.
	at    time.Duration
	began int64
	done  atomic.Bool
}

// outcomes are the errors that the documentation allows for each method, beside the end of its context.
var outcomes = map[opKind][]error{
	opStart:    {elector.ErrStopped, elector.ErrClosed},
	opTry:      {elector.ErrHeld, elector.ErrUnknownOutcome, elector.ErrBusy, elector.ErrStopped, elector.ErrClosed},
	opCampaign: {elector.ErrStopped, elector.ErrClosed},
	opRun: {
		elector.ErrRunning, elector.ErrStopped, elector.ErrClosed, elector.ErrDrainLimit, elector.ErrReleaseUnknown,
	},
	opRenew: {
		elector.ErrNotLeading, elector.ErrLost, elector.ErrUnknownOutcome, elector.ErrStopped, elector.ErrClosed,
	},
	opRelease:  {elector.ErrDrainLimit, elector.ErrReleaseUnknown},
	opStop:     {elector.ErrDrainLimit, elector.ErrReleaseUnknown},
	opClose:    {elector.ErrDrainLimit, elector.ErrReleaseUnknown},
	opRegister: {elector.ErrEnded},
}

// begin notes a call that begins now. The context ends after the given life, if that is not 0, and when all comes to rest.
func (s *stage) begin(a *actor, kind opKind, life time.Duration) (*call, context.CancelFunc) {
	c := &call{actor: a, kind: kind, at: a.dial.reading(), began: time.Now().UnixNano()}
	var cancel context.CancelFunc
	if c.ctx, cancel = context.WithCancel(s.root); life > 0 {
		c.ctx, cancel = context.WithTimeoutCause(s.root, life, errGone)
	}
	switch kind {
	case opStart, opTry, opCampaign:
		a.begun.Store(time.Now().UnixNano())
	case opRun:
		a.begun.Store(time.Now().UnixNano())
		a.stops.Add(1)     // at its end
		a.forbidden.Add(1) // which hides why its last campaign failed
	case opStop:
		a.stops.Add(1)
	case opClose:
		a.stops.Add(1)
		a.closes.Add(1)
	default:
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	s.tally.add(opNames[kind] + " in " + a.State().String())
	return c, cancel
}

// finish notes that the call has returned, and judges what.
func (s *stage) finish(c *call, err error) {
	c.done.Store(true)
	var failed *fsm.DisagreementError
	var forbidden *elector.ForbiddenError
	switch {
	case errors.As(err, &failed):
		s.violate("core and machine agree", "%v", err)
	case errors.As(err, &forbidden):
		c.actor.forbidden.Add(1)
	}
	if err == nil || allowed(c, err) {
		s.tally.add(opNames[c.kind] + ": " + class(err))
		return
	}
	s.violate("errors are the documented ones", "%s returned %v", opNames[c.kind], err)
}

func allowed(c *call, err error) bool {
	if errors.Is(err, errRest) || errors.Is(err, errGone) {
		return c.ctx.Err() != nil
	}
	if errors.Is(err, elector.ErrStopped) && c.actor.stops.Load() == 0 {
		return false
	}
	for _, class := range outcomes[c.kind] {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

func class(err error) string {
	for _, class := range []error{
		elector.ErrRunning, elector.ErrClosed, elector.ErrStopped, elector.ErrBusy, elector.ErrNotLeading, stores.ErrHeld,
		stores.ErrLost, elector.ErrUnknownOutcome, elector.ErrDrainLimit, elector.ErrReleaseUnknown, elector.ErrEnded,
		errGone, errRest,
	} {
		if errors.Is(err, class) {
			return class.Error()
		}
	}
	return "done"
}

// checkCalls looks, while nothing moves, for calls that should have returned.
func (s *stage) checkCalls() {
	s.mu.Lock()
	var pending []*call
	for _, c := range s.calls {
		if !c.done.Load() {
			pending = append(pending, c)
		}
	}
	s.calls = pending
	s.mu.Unlock()
	for _, c := range pending {
		took := c.actor.dial.reading() - c.at
		switch {
		case c.kind == opStart:
			s.violate("a call returns", "Start has not, in %s", c.actor.real.State())
		case c.kind != opRun && c.kind != opClose && c.ctx.Err() != nil:
			s.violate("a call returns when its context ends", "%s has not, in %s", opNames[c.kind], c.actor.real.State())
		case took > ending(c.actor.cfg) && c.mustEnd():
			s.violate("giving up takes its time and no more", "%s has taken %v, in %s", opNames[c.kind], took, c.actor.real.State())
		}
	}
}

// mustEnd tells whether the call is bounded without a context. A Close goes on where another starts the elector.
func (c *call) mustEnd() bool {
	switch c.kind {
	case opStop, opRelease:
		return true
	case opClose:
		return c.actor.begun.Load() < c.began
	default:
		return false
	}
}

// ending is how long giving up may take: see [elector.Elector.Close].
func ending(cfg elector.Config) time.Duration { return cfg.Drain + 3*cfg.Timeout + cfg.Retry }

// reading is what the monotonic clock shows.
func (d *dial) reading() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mono()
}

// waiting is how many calls have not returned.
func (s *stage) waiting() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if !c.done.Load() {
			n++
		}
	}
	return n
}
