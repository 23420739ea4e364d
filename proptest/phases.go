package proptest

import (
	"errors"
	"slices"
	"time"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// nextPhase begins the next phase of the run.
func (w *world) nextPhase() {
	w.phase++
	if w.trace != nil {
		w.over = true
		return
	}
	w.log.add(w.now, recPhase, -1, uint64(w.phase), 0, 0)
	switch w.phase {
	case phaseSettling:
		if w.plan.abrupt && w.stands(-1) {
			w.calmsDown()
			w.nextPhase()
			return
		}
		w.settle()
	case phaseCalm:
		// Where nobody is left who could lead, nothing is promised.
		w.over = len(w.standing) == 0
		w.lastLed = w.storeNow()
		w.patience = w.allowed(w.plan.slowest.Failover().Worst)
		w.phaseEndsIn(w.patience)
	case phaseHandover:
		if !w.handOver() {
			w.nextPhase()
			return
		}
		timing := w.plan.slowest.Failover()
		w.phaseEndsIn(w.allowed(w.plan.slowest.Drain + timing.Crash))
	case phaseCrash:
		w.freed = 0
		w.crashLeader()
		w.phaseEndsIn(w.patience)
	default:
		w.over = true
	}
}

// phaseEndsIn puts the phase's end on the agenda, a moment after a time on the store's clock.
func (w *world) phaseEndsIn(d int64) {
	w.agenda.push(event{at: w.storeClock.when(w.storeNow()+d) + 1, kind: evPhase})
}

// allowed is how long, on the store's clock, something may take that takes this long by another clock, where the store
// settles also after that.
func (w *world) allowed(d time.Duration) int64 {
	fast, slow := max(maxDrift, w.beyond.StoreDrift), max(maxDrift, w.beyond.Drift)
	rates := max((million+fast)*million/(million-slow)-million, million/100)
	return int64(d) + int64(d)/million*rates + int64(w.settlesFor())
}

// calmsDown ends all faults at once: what still is on its way for longer than usual does not arrive.
func (w *world) calmsDown() {
	w.calmed = w.now
	for i := range w.participants {
		p := &w.participants[i]
		p.calls = slices.DeleteFunc(p.calls, func(c outstanding) bool { return c.abandoned })
	}
	for _, who := range w.standing {
		w.ask(who, cmdStart)
	}
}

// overtaken tells whether a message is left over from faults that ended at once. A rejection is, however soon it comes:
// it is fatal by design, and in the calm somebody has to go on wanting to lead.
func (w *world) overtaken(p *participant, m *message) bool {
	if w.calmed == 0 || m.sent >= w.calmed {
		return false
	}
	return w.now > w.calmed+int64(p.cfg.Timeout/8) || errors.Is(m.err, stores.ErrInvalid)
}

// settle asks those who shall stand to take part, until they do, and lets old faults run out.
func (w *world) settle() {
	for i := range w.participants {
		w.participants[i].cutIn, w.participants[i].cutOut = 0, 0
	}
	step := (w.plan.calm - w.now) / 16
	for i := range int64(16) {
		for _, who := range w.standing {
			w.agenda.push(event{at: w.now + i*step, kind: evCommand, who: int16(who), ref: int32(cmdStart)})
		}
	}
	w.agenda.push(event{at: w.plan.calm, kind: evPhase})
}

// handOver asks the leader to resign, if there are wake-ups and another one can follow it.
func (w *world) handOver() bool {
	if w.opt.NoWakeUps || w.plan.noWakeUps {
		return false
	}
	for i := range w.participants {
		p := &w.participants[i]
		if p.up && p.core.Leads(p.now(w)) && w.stands(i) {
			w.resigned, p.steady = p, false
			w.step(p, w.fresh(core.InputResign))
			return true
		}
	}
	return false
}

// crashLeader ends the process that leads, for good and with all its messages, if another one can follow it.
func (w *world) crashLeader() {
	for i := range w.participants {
		p := &w.participants[i]
		if !p.up || !p.core.Leads(p.now(w)) || !w.stands(i) {
			continue
		}
		p.dead, w.crashed = true, true
		w.stats.Crashes++
		w.note(Crash, p, 0)
		p.end(w)
		w.lastLed = w.storeNow()
		w.patience = w.allowed(w.plan.slowest.Failover().Crash)
	}
}

// stands tells whether a participant other than this one can take over.
func (w *world) stands(without int) bool {
	for _, who := range w.standing {
		p := &w.participants[who]
		if who == without || !p.up {
			continue
		}
		switch p.core.State() {
		case lifecycle.StateFollowing, lifecycle.StateAcquiring, lifecycle.StateUnresolved:
			return true
		default:
		}
	}
	return false
}
