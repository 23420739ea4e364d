package proptest

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// FaultKind is something that goes wrong in the world, and that the protocol must bear.
type FaultKind uint8

// The faults.
const (
	// LoseRequest and LoseReply: one message is lost.
	LoseRequest FaultKind = iota
	LoseReply
	// Duplicate: a request was executed once more.
	Duplicate
	// Late: a request was executed when its sender did not wait for it any more.
	Late
	// CutRequests and CutReplies: the network is cut in one direction for a while, and lost a message.
	CutRequests
	CutReplies
	// HoldBack: the network held a request back for a while, and then delivered it.
	HoldBack
	// FailBefore and FailAfter: the store failed, before or after it had done what was asked.
	FailBefore
	FailAfter
	// Reject: the store rejected an acquire as invalid.
	Reject
	// StoreDown: the store failed for a while.
	StoreDown
	// LoseNotice and LateNotice: a wake-up was lost, or came late.
	LoseNotice
	LateNotice
	// StuckCalls: a call was refused, since too many were stuck in the store.
	StuckCalls
	// Pause: a process stood still for a while, and something waited for it.
	Pause
	// Crash: a process died.
	Crash
	// Revoke: an administrator revoked the lease.
	Revoke
	// ClockJump: a clock went forward at once, as one does on a machine that was suspended.
	ClockJump
	// FalseExpiry: a reader told of a deadline that has not passed, as one does whose clock was set back since.
	FalseExpiry

	faultCount = iota
)

var faultNames = [faultCount]string{
	"request lost", "reply lost", "request repeated", "late request executed", "requests cut off", "replies cut off",
	"requests held back", "store failed before", "store failed after", "request rejected", "store down", "wake-up lost",
	"wake-up late", "too many calls stuck", "process paused", "process died", "lease revoked", "clock jumped",
	"deadline believed passed",
}

// String says what went wrong.
func (f FaultKind) String() string { return faultNames[f] }

// FaultKinds is the number of faults.
const FaultKinds = faultCount

// did counts a fault that really did something.
func (w *world) did(kind FaultKind) { w.stats.Faults[kind]++ }

// drawFault draws one fault that lasts for a while, and when the next is drawn.
func (w *world) drawFault() {
	w.faults++
	w.chaos.name(throwFault, -1, uint64(w.faults), 0)
	if next := w.now + 1 + int64(w.chaos.ExpFloat64()*float64(w.plan.chaosEvery)); next < w.plan.faultsEnd {
		w.agenda.push(event{at: next, kind: evChaos})
	}
	p := &w.participants[w.chaos.IntN(len(w.participants))]
	// Half of the faults hit whoever holds the lease: there is most to break.
	holdersTurn := w.chaos.IntN(2) == 0
	if holder := w.holder(w.ledger.tenure); w.ledger.held && holder != nil && holdersTurn {
		p = holder
	}
	u := w.chaos.Float64()
	d := int64(u * u * 3 * float64(p.cfg.Lease))
	until := min(w.now+d, w.plan.faultsEnd-1)
	if !w.keepsFault() {
		return
	}
	switch n := w.chaos.IntN(100); {
	case n < 22:
		w.pause(p, until)
	case n < 32:
		p.cutOut = until
		w.note(CutRequests, p, d)
	case n < 42:
		p.cutIn = until
		w.note(CutReplies, p, d)
	case n < 48:
		p.cutOut, p.cutIn, p.deaf = until, until, until
		w.note(CutRequests, p, d)
		w.missed(p, time.Duration(until-w.now))
	case n < 60:
		p.heldBack = until
		w.note(HoldBack, p, d)
	case n < 72:
		w.crash(p, until)
	case n < 80:
		w.revoke()
	case n < 86:
		w.jump(p)
	case n < 92:
		w.storeDown = until
		w.note(StoreDown, p, d)
	default:
		p.deaf = until
		w.note(LoseNotice, p, d)
		w.missed(p, time.Duration(until-w.now))
	}
}

func (w *world) note(kind FaultKind, p *participant, d int64) {
	w.log.add(w.now, recFault, p.index, uint64(kind), uint64(d), 0)
}

// pause makes a process stand still. Its clock goes on, and whoever asks its core is told by that clock.
func (w *world) pause(p *participant, until int64) {
	if !p.up || p.paused {
		return
	}
	p.paused = true
	w.note(Pause, p, until-w.now)
	w.agenda.push(event{at: until, kind: evResume, who: int16(p.index), gen: p.life})
}

// resume hands a process what came during its pause. Answers may overtake the timer, or the other way round.
func (w *world) resume(p *participant) {
	p.paused = false
	w.log.add(w.now, recResumed, p.index, 0, 0, 0)
	if len(p.queue) > 0 {
		w.did(Pause)
	}
	w.chaos.name(throwResume, p.index, uint64(p.life), uint64(w.now))
	ticksLast := w.chaos.IntN(2) == 0
	waiting := p.queue
	p.queue = nil
	for _, ticks := range [...]bool{!ticksLast, ticksLast} {
		for _, e := range waiting {
			if (e.kind == evTick) == ticks && !w.over {
				e.at = w.now
				w.handle(&e)
				w.look()
			}
		}
	}
	p.queue = append(waiting[:0], p.queue...)
	if p.wake == 0 && p.up && !p.paused {
		w.step(p, w.fresh(core.InputTick))
	}
}

// crash ends a process. It comes back as another incarnation.
func (w *world) crash(p *participant, back int64) {
	if !p.up || w.trace.full() {
		return
	}
	w.did(Crash)
	w.note(Crash, p, back-w.now)
	p.end(w)
	w.agenda.push(event{at: back, kind: evRestart, who: int16(p.index), gen: p.life})
}

// revoke makes the store refuse to renew the present lease.
func (w *world) revoke() {
	w.expireLease()
	if !w.ledger.held {
		return
	}
	done, err := w.store.Revoke(context.Background(), election, w.ledger.tenure.Fence)
	if err != nil || !done {
		w.violate(Strict, "the store did not revoke the live lease %+v: %v", w.ledger.tenure, err)
		return
	}
	w.did(Revoke)
	w.log.add(w.now, recFault, -1, uint64(Revoke), 0, 0)
	w.audit(demand{revokes: true})
	w.trace.revoked(w)
}

// jump sets a process's clock forward. Its timer does not hear of it.
func (w *world) jump(p *participant) {
	if w.trace != nil {
		return
	}
	d := int64(w.chaos.Float64() * float64(p.cfg.Lease) / 2)
	if w.planted.setsClockBack {
		d = -d
	}
	w.did(ClockJump)
	w.note(ClockJump, p, max(d, -d))
	p.clock.offset += d
	p.jumped = true
}

// expiryBelieved counts readers who are ahead of the core.
func (w *world) expiryBelieved(p *participant) {
	if p.core.State() == lifecycle.StateLeading && p.core.Leads(p.now(w)) {
		w.did(FalseExpiry)
	}
}
