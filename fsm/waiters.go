package fsm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// waiter is a caller who waits for a command to be settled.
type waiter struct {
	kind core.InputKind
	// asked tells that the core has seen the command; until then nothing that happens is its outcome.
	asked bool
	// void tells that another's stop came before this one.
	void bool
	done chan result
}

type result struct {
	term *Term
	err  error
}

func newWaiter(kind core.InputKind) *waiter {
	return &waiter{kind: kind, done: make(chan result, 1)}
}

// answer settles the waiter. Only the first answer counts.
func (w *waiter) answer(r result) {
	select {
	case w.done <- r:
	default:
	}
}

// forget takes a waiter off the list; it reports whether it was still there, which is to say unanswered.
func (e *Elector) forget(w *waiter) bool {
	at := slices.Index(e.waiters, w)
	if at < 0 {
		return false
	}
	e.waiters = slices.Delete(e.waiters, at, at+1)
	w.answer(result{err: errGaveUp})
	return true
}

// errGaveUp is never seen by callers: the command returns its context's error instead.
var errGaveUp = errors.New("tenure: the caller gave up")

// settle answers every waiter whose command came to its end with this step.
func (e *Elector) settle(m *message, out *core.Output) {
	if m.waiter != nil && !m.quits {
		var forbidden *ForbiddenError
		if errors.As(out.Err, &forbidden) && forbidden.Event.Source() == lifecycle.SourceCommand {
			m.waiter.answer(result{err: out.Err})
		} else {
			e.waiters = append(e.waiters, m.waiter)
		}
	}
	e.waiters = slices.DeleteFunc(e.waiters, func(w *waiter) bool {
		r, settled := e.outcome(w, m, out)
		if settled {
			w.answer(r)
		}
		w.asked = true
		return settled
	})
}

// outcome says whether the step settled what the waiter waits for, and how.
func (e *Elector) outcome(w *waiter, m *message, out *core.Output) (result, bool) {
	switch w.kind {
	case core.InputTry, core.InputCampaign:
		return e.outcomeOfTry(w, m, out)
	case core.InputRenew:
		return e.outcomeOfRenewal(w, m, out)
	case core.InputResign, core.InputStop:
		w.void = w.void || out.Void && w == m.waiter
		if w.void {
			// Wait for the end of the other's stop, and for nothing that was started after it.
			s := e.core.State()
			return result{}, s != lifecycle.StateStopping && s != lifecycle.StateLeaving
		}
		return e.outcomeOfEnding(w, out)
	case core.InputWorkBegan:
		if !out.Accepted {
			return result{err: ErrEnded}, true
		}
		return result{}, true
	default:
		return result{}, true
	}
}

func (e *Elector) outcomeOfTry(w *waiter, m *message, out *core.Output) (result, bool) {
	if out.Void && w == m.waiter {
		return result{err: ErrStopped}, true
	}
	if gained := tookEvent(out, lifecycle.EventGranted, lifecycle.StateAcquiring); gained || e.core.State().Leading() {
		return result{term: e.term}, true
	}
	switch e.core.State() {
	case lifecycle.StateIdle, lifecycle.StateStopping, lifecycle.StateLeaving, lifecycle.StateAbandoned, lifecycle.StateClosed:
		if tookEvent(out, lifecycle.EventInvalid, lifecycle.StateAcquiring, lifecycle.StateReleasing, lifecycle.StateLeaving) {
			return result{err: m.input.Err}, true
		}
		return result{err: ErrStopped}, true
	default:
	}
	if w.kind == core.InputCampaign || !w.asked {
		return result{}, false
	}
	for _, step := range out.Steps {
		switch step.Event {
		case lifecycle.EventRefused:
			return result{err: m.input.Err}, true
		case lifecycle.EventUnconfirmed, lifecycle.EventUnusable, lifecycle.EventWithdraw:
			return result{err: unknown("the try", m.input.Err)}, true
		default:
		}
	}
	return result{}, false
}

func (e *Elector) outcomeOfRenewal(w *waiter, m *message, out *core.Output) (result, bool) {
	for _, step := range out.Steps {
		switch {
		case !w.asked:
		case step.Event == lifecycle.EventRenewed:
			return result{}, true
		case step.Event == lifecycle.EventRenewalFailed:
			return result{err: unknown("the renewal", m.input.Err)}, true
		case step.Event == lifecycle.EventLost:
			return result{err: m.input.Err}, true
		}
	}
	if !e.core.State().Leading() {
		return result{err: ErrNotLeading}, true
	}
	return result{}, false
}

func (e *Elector) outcomeOfEnding(w *waiter, out *core.Output) (result, bool) {
	switch e.core.State() {
	case lifecycle.StateLeading, lifecycle.StateDraining, lifecycle.StateReleasing, lifecycle.StateStopping, lifecycle.StateLeaving:
		return result{}, false
	case lifecycle.StateOverdue, lifecycle.StateAbandoned:
		return result{err: ErrDrainLimit}, true
	default:
	}
	switch {
	case !w.asked:
	case tookEvent(out, lifecycle.EventReleaseAbandoned, lifecycle.StateReleasing, lifecycle.StateLeaving):
		return result{err: ErrReleaseUnknown}, true
	case tookEvent(out, lifecycle.EventDrainOver, lifecycle.StateDraining, lifecycle.StateStopping):
		// The workload has returned in the same step, but nobody releases any more.
		return result{err: ErrDrainLimit}, true
	}
	return result{}, true
}

// tookEvent tells whether the step took the event's row in one of the states.
func tookEvent(out *core.Output, event lifecycle.Event, from ...lifecycle.State) bool {
	return slices.ContainsFunc(out.Steps, func(s core.Step) bool {
		return s.Event == event && s.Verdict == lifecycle.Moves && slices.Contains(from, s.From)
	})
}

// unknown says that the outcome of something is unknown, and what the store said, if it said anything.
func unknown(what string, err error) error {
	if err == nil {
		return fmt.Errorf("%w of %s: the store did not answer in time", ErrUnknownOutcome, what)
	}
	return fmt.Errorf("%w of %s: %w", ErrUnknownOutcome, what, err)
}
