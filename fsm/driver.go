package fsm

import (
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// handle takes one message through the core and the machine, and carries out what comes of it.
func (e *Elector) handle(m *message) {
	if m.handled != nil {
		defer func() { m.handled <- struct{}{} }()
	}
	if e.dropped(m) {
		return
	}
	at := e.clock.Now()
	now := e.elapsed.advance(at)
	out := e.cfg.step(e.core, now, &m.input)
	if out.Stale {
		m.input.Err = nil // it is no reason for what else fell due
	}
	e.stops.Store(e.core.Stops())
	e.count(out)
	if err := e.follow(out); err != nil {
		e.fail(m, err)
		return
	}
	e.carryOut(m, out, now, at)
	e.learn(now, at)
	e.settle(m, out)
	e.arm(now)
}

// dropped deals with messages that the core need not see.
func (e *Elector) dropped(m *message) bool {
	if m.input.Kind == core.InputReply {
		e.calls.returned(m.input.Call)
	}
	switch {
	case e.failed != nil:
		if m.waiter != nil {
			m.waiter.answer(result{err: e.failed})
		}
		return true
	case m.from != nil && m.from != e.watching:
		return true
	case m.quits && !e.forget(m.waiter):
		return true
	}
	return false
}

func (e *Elector) count(out *core.Output) {
	if out.Stale {
		e.stats.staleReplies.Add(1)
	}
	if out.Err == nil {
		return
	}
	var forbidden *ForbiddenError
	if errors.As(out.Err, &forbidden) {
		e.stats.forbidden.Add(1)
		e.log.Warn("forbidden", "state", forbidden.State, "event", forbidden.Event)
		return
	}
	e.stats.storeFaults.Add(1)
	e.log.Error("store fault", "error", out.Err)
}

// follow fires each row that the core took through the strict machine, before anything is acted upon.
func (e *Elector) follow(out *core.Output) error {
	for _, step := range out.Steps {
		verdict, err := e.machine.Fire(step.Event)
		if verdict != step.Verdict || e.machine.State() != step.To {
			if err == nil {
				err = fmt.Errorf("it is in state %s", e.machine.State())
			}
			return &DisagreementError{Step: step, Err: err}
		}
	}
	return nil
}

// carryOut does what the rows ask for, in order, and tells the subscribers of each change of the state.
func (e *Elector) carryOut(m *message, out *core.Output, now core.Instant, at clock.Reading) {
	actions := out.Actions
	for i, step := range out.Steps {
		told := false
		for len(actions) > 0 && actions[0].Row <= i {
			told = e.act(m, &step, &actions[0], now, at) || told
			actions = actions[1:]
		}
		e.state.Store(uint32(step.To))
		e.logFailure(step.Event, m.errBehind(step.Event))
		if !told && step.From != step.To {
			e.tell(Change{Previous: step.From, Current: step.To, Reason: step.Event, Err: m.errBehind(step.Event)})
		}
	}
	if e.term != nil && e.core.State().Leading() {
		e.term.rebase(at, e.core.Deadline().Sub(now))
	}
}

// logFailure tells the log of a store that did not do what it was asked. A nil error means that it did not answer in time.
func (e *Elector) logFailure(event lifecycle.Event, err error) {
	switch event {
	case lifecycle.EventInvalid:
		e.log.Error("the store rejects the request", "error", err)
	case lifecycle.EventUnusable:
		if err != nil {
			e.log.Warn("the lease is given back", "error", err)
		}
	case lifecycle.EventUnconfirmed, lifecycle.EventRenewalFailed, lifecycle.EventObserveFailed,
		lifecycle.EventReleaseFailed, lifecycle.EventReleaseAbandoned:
		if err == nil {
			err = ErrUnknownOutcome
		}
		e.log.Warn("the store failed", "event", event, "error", err)
	default:
	}
}

// act carries out one action. It reports whether that announced the row's change.
func (e *Elector) act(m *message, step *core.Step, a *core.Action, now core.Instant, at clock.Reading) (told bool) {
	switch a.Kind {
	case core.ActionSend:
		e.send(a.Call, now)
	case core.ActionAbandon:
		e.calls.abandon(a.Call.Number)
	case core.ActionWatch:
		e.watch()
	case core.ActionUnwatch:
		e.unwatch()
	case core.ActionLead:
		e.term = newTerm(e, a.Lease)
		e.term.rebase(at, a.Deadline.Sub(now))
		e.state.Store(uint32(step.To))
		e.current.Store(e.term)
	case core.ActionExtend:
		e.term.rebase(at, a.Deadline.Sub(now))
	case core.ActionDemote:
		e.term.end(a.Reason)
		e.current.Store(nil)
		e.state.Store(uint32(step.To))
	case core.ActionCancelWork:
		e.term.cancel(e.term.over.Load())
	case core.ActionGained:
		e.log.Info("leading", "fence", a.Lease.Fence)
		e.tell(Change{Previous: step.From, Current: step.To, Gained: e.term, Reason: step.Event})
		return true
	case core.ActionLost:
		e.log.Info("leading no longer", "fence", a.Lease.Fence, "reason", a.Reason)
		e.tell(Change{Previous: step.From, Current: step.To, Lost: e.term, Reason: a.Reason, Err: m.errBehind(step.Event)})
		return true
	}
	return false
}

func (e *Elector) tell(change Change) {
	if merged := e.subscribers.tell(change); merged > 0 {
		e.stats.changesMerged.Add(merged)
	}
}

// arm sets the one timer to when time alone changes something.
func (e *Elector) arm(now core.Instant) {
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	wake := e.core.NextWake()
	if wake == core.Never {
		return
	}
	wait := wake.Sub(now)
	if e.core.State().Leading() {
		wait = min(wait, maxLook)
	}
	e.timer = e.clock.AfterFunc(wait, func() { e.post(message{input: core.Input{Kind: core.InputTick}}) })
}

// fail ends the elector for good: core and machine disagree, so neither can be believed. It leads no longer, its
// workload is told, and the lease is left to expire.
func (e *Elector) fail(m *message, err error) {
	e.failed = err
	e.log.Error("the elector has failed", "error", err)
	term, before := e.current.Swap(nil), e.State()
	e.state.Store(uint32(lifecycle.StateClosed))
	if term != nil {
		term.end(lifecycle.EventStop)
		term.cancel(err)
	}
	e.tell(Change{Previous: before, Current: lifecycle.StateClosed, Lost: term, Reason: lifecycle.EventStop, Err: err})
	e.unwatch()
	e.calls.abandonAll()
	if e.timer != nil {
		e.timer.Stop()
	}
	if m.waiter != nil {
		e.waiters = append(e.waiters, m.waiter)
	}
	for _, w := range e.waiters {
		w.answer(result{err: err})
	}
	e.waiters = nil
}
