package proptest

import (
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// maxAbandoned is how many abandoned calls the driver in package fsm allows.
const maxAbandoned = 4

// sendsKept is how many calls' instants are remembered: more than can be answered late.
const sendsKept = 16

// participant is one place in the election: a process with a core in it, which may die and come back as another
// incarnation.
type participant struct {
	index  int
	cfg    fsm.Config
	clock  clock
	jitter *dice

	// life counts the incarnations; a place that is not up is a process that does not run.
	life        uint32
	incarnation string
	up, dead    bool
	core        *core.Core

	// A paused process does nothing; what comes meanwhile waits in its queue.
	paused     bool
	queue      []event
	wake       core.Instant
	tick       uint32
	subscribed bool
	sub        uint32

	// Until these instants requests are lost, requests are held back, replies are lost, and wake-ups are lost.
	cutOut, heldBack, cutIn, deaf int64

	// What the driver in package fsm keeps: calls that have not returned, callers who wait, workloads.
	calls     []outstanding
	campaigns []bool
	tries     int
	works     []work
	workCount int32

	// The checks' own books.
	awaited           uint64
	sends             [sendsKept]core.Instant
	answered          answeredCall
	deadline          core.Instant
	fence, led, ended uint64
	gained, lost      uint64
	attempt, released uint64
	// overtaken is the call that a wake-up came before; missed and jumped tell what happened and had no effect yet; steady,
	// that the tenure began in the calm, and has no reason to end.
	overtaken              uint64
	missed, jumped, steady bool
	// failed tells that an answer was an error, which a planted fault looks at.
	failed bool
}

// outstanding is a call that has not returned.
type outstanding struct {
	number    uint64
	abandoned bool
}

// answeredCall is the call that was answered last, with what the store really granted.
type answeredCall struct {
	number  uint64
	sent    core.Instant
	granted time.Duration
	success bool
}

func (p *participant) now(w *world) core.Instant { return core.Instant(p.clock.at(w.now)) }

// begin starts the process as a new incarnation.
func (p *participant) begin(w *world) {
	p.life++
	p.up = true
	p.incarnation = fmt.Sprintf("p%d-%d", p.index, p.life)
	p.paused, p.queue = false, p.queue[:0]
	p.subscribed, p.calls, p.campaigns, p.tries = false, p.calls[:0], p.campaigns[:0], 0
	p.works, p.awaited, p.gained, p.attempt, p.released, p.led = p.works[:0], 0, 0, 0, 0, 0
	p.fence, p.overtaken, p.missed, p.jumped, p.steady = 0, 0, false, false, false
	p.failed = false
	p.wake = core.Never
	if w.beyond.fencesMayFall() {
		// Another incarnation does not know the fences of the last one, and may be given them once more.
		p.ended, p.lost = 0, 0
	}
	set := core.Settings{
		Incarnation: p.incarnation,
		Lease:       p.cfg.Lease, Renewal: p.cfg.Renewal, Retry: p.cfg.Retry, Timeout: p.cfg.Timeout,
		Grace: p.cfg.Grace, Drain: p.cfg.Drain, Jitter: p.cfg.Jitter, Manual: p.cfg.Manual, Rand: p.jitter,
	}
	if w.trace != nil {
		set.Rand = tickJitter{p.jitter}
	}
	w.planted.onSettings(&set)
	p.core = core.New(set)
	if !w.keepsPlace(p.index) {
		p.dead = true
		p.end(w)
		return
	}
	w.trace.began(p)
	w.log.add(w.now, recRestarted, p.index, uint64(p.life), 0, 0)
}

// end stops the process where it stands, with all that runs in it.
func (p *participant) end(w *world) {
	p.up, p.subscribed = false, false
	p.works, p.queue = p.works[:0], p.queue[:0]
	p.tick++
	w.agenda.stopTimer(p.index)
}

// silenced tells whether a message of this life must not arrive any more: its sender is dead for good.
func (p *participant) silenced(life uint32) bool { return p.dead && p.life == life }

func (p *participant) stuck() (n int) {
	for _, c := range p.calls {
		if c.abandoned {
			n++
		}
	}
	return n
}

// returned takes a call off the list; it reports whether it was still there.
func (p *participant) returned(number uint64) bool {
	for i, c := range p.calls {
		if c.number == number {
			p.calls = append(p.calls[:i], p.calls[i+1:]...)
			return true
		}
	}
	return false
}

func (p *participant) sentAt(number uint64) core.Instant { return p.sends[number%sendsKept] }

// fresh returns the one input, emptied.
func (w *world) fresh(kind core.InputKind) *core.Input {
	w.in = core.Input{Kind: kind}
	return &w.in
}

// step gives an input to a participant's core and does what comes of it, as the driver in package fsm does.
func (w *world) step(p *participant, in *core.Input) *core.Output {
	w.stats.Inputs[in.Kind]++
	p.jitter.name(throwJitter, p.index, uint64(p.life), uint64(w.now))
	now := w.planted.onStep(p, in, p.now(w))
	out := p.core.Step(now, in)
	if len(out.Steps) == 0 && isEvent(in.Kind) {
		w.stats.Idle++
	}
	w.planted.onActions(out.Actions)
	w.follow(p, out)
	if out.Err != nil {
		w.checkErr(p, in, out.Err)
	}
	w.checkOrder(p, out.Actions)
	for i := range out.Actions {
		w.act(p, &out.Actions[i], now)
	}
	w.answerCallers(p, out)
	w.rearm(p, now)
	w.trace.stepped(w, p, out, now)
	return out
}

// follow notes the rows that were taken.
func (w *world) follow(p *participant, out *core.Output) {
	for _, s := range out.Steps {
		w.stats.Taken[s.From][s.Event]++
		if s.Verdict == lifecycle.Moves {
			w.stats.Targets[s.From][s.Event] |= 1 << s.To
		}
		w.log.add(w.now, recRow, p.index, uint64(s.From)<<8|uint64(s.To), uint64(s.Event), uint64(s.Verdict))
		if s.Event == lifecycle.EventDrainOver && w.planted.drainEndsWork {
			w.reportAll(p)
		}
	}
}

// checkErr tells a caller's mistake from a fault.
func (w *world) checkErr(p *participant, in *core.Input, err error) {
	forbidden, ok := errors.AsType[*core.ForbiddenError](err)
	if ok && forbidden.Event.Source() == lifecycle.SourceCommand && isCommand(in.Kind) {
		w.stats.Forbidden++
		return
	}
	if _, distrusts := errors.AsType[*core.StoreFaultError](err); distrusts {
		w.violate(StoreTrusted, "p%d: %v", p.index, err)
		return
	}
	w.violate(Strict, "p%d: %v", p.index, err)
}

func isCommand(kind core.InputKind) bool {
	switch kind {
	case core.InputStart, core.InputTry, core.InputCampaign, core.InputWithdraw, core.InputRenew, core.InputResign,
		core.InputStop, core.InputClose:
		return true
	default:
		return false
	}
}

// act carries out one action.
func (w *world) act(p *participant, a *core.Action, now core.Instant) {
	switch a.Kind {
	case core.ActionSend:
		w.sendCall(p, a.Call, now)
	case core.ActionAbandon:
		w.abandonCall(p, a.Call.Number)
	case core.ActionWatch:
		p.subscribed = true
		p.sub++
	case core.ActionUnwatch:
		p.subscribed = false
	case core.ActionLead:
		w.lead(p, a, now)
	case core.ActionExtend:
		w.checkDeadline(p, a.Deadline, true)
		p.deadline = a.Deadline
		if w.planted.gainsTwice {
			w.checkNews(p, true, a.Lease.Fence)
		}
		w.log.add(w.now, recExtend, p.index, a.Lease.Fence, uint64(a.Deadline), uint64(now))
	case core.ActionDemote:
		w.log.add(w.now, recDemote, p.index, a.Lease.Fence, uint64(a.Reason), 0)
		p.ended = max(p.ended, a.Lease.Fence)
		p.led = 0
		if p.steady && (a.Reason == lifecycle.EventDeadline || a.Reason == lifecycle.EventLost) {
			w.violate(StableLeader, "p%d loses fence %d in the calm (%s)", p.index, a.Lease.Fence, a.Reason)
		}
	case core.ActionCancelWork:
		w.tellWorks(p)
	case core.ActionGained:
		w.log.add(w.now, recGained, p.index, a.Lease.Fence, 0, 0)
		w.checkNews(p, true, a.Lease.Fence)
	case core.ActionLost:
		if w.planted.forgetsLoss && a.Reason == lifecycle.EventDeadline {
			return
		}
		w.log.add(w.now, recLostNews, p.index, a.Lease.Fence, 0, 0)
		w.checkNews(p, false, a.Lease.Fence)
	}
}

func (w *world) sendCall(p *participant, call core.Call, now core.Instant) {
	w.planted.onSend(&call)
	w.log.add(w.now, recSend, p.index, uint64(call.Op), call.Number, call.Tenure.Number)
	if call.Op == core.OpAcquire && call.Tenure.Number == p.attempt && w.faulty() {
		w.loseHeart(p)
	}
	w.checkSend(p, &call, now)
	p.awaited = call.Number
	p.sends[call.Number%sendsKept] = now
	w.transmit(p, call)
}

func (w *world) abandonCall(p *participant, number uint64) {
	if w.planted.forgetsAbandon {
		return
	}
	w.log.add(w.now, recAbandon, p.index, number, 0, 0)
	if p.awaited == number {
		p.awaited = 0
	}
	if !w.plan.stubborn {
		p.returned(number)
		return
	}
	for i := range p.calls {
		if p.calls[i].number == number {
			p.calls[i].abandoned = true
		}
	}
}

// lead begins a tenure: every campaign that brought a workload begins it.
func (w *world) lead(p *participant, a *core.Action, now core.Instant) {
	w.log.add(w.now, recLead, p.index, a.Lease.Fence, uint64(a.Deadline), uint64(now))
	w.checkDeadline(p, a.Deadline, false)
	p.deadline, p.fence = a.Deadline, a.Lease.Fence
	p.steady = w.phase >= phaseCalm && !p.cfg.Manual && p.answered.granted >= p.cfg.Lease
	if a.Lease.Fence <= p.ended {
		w.violate(EndedStaysEnded, "p%d leads again under fence %d", p.index, a.Lease.Fence)
	}
	for _, brings := range p.campaigns {
		if brings {
			w.beginWork(p, p.fence, true)
		}
	}
	p.campaigns, p.tries = p.campaigns[:0], 0
}

// answerCallers forgets the callers whose wish is settled, as package fsm's waiters are.
func (w *world) answerCallers(p *participant, out *core.Output) {
	switch p.core.State() {
	case lifecycle.StateIdle, lifecycle.StateStopping, lifecycle.StateLeaving, lifecycle.StateAbandoned,
		lifecycle.StateClosed, lifecycle.StateLeading:
		p.campaigns, p.tries = p.campaigns[:0], 0
		return
	default:
	}
	if p.tries == 0 {
		return
	}
	for _, s := range out.Steps {
		switch s.Event {
		case lifecycle.EventRefused, lifecycle.EventUnconfirmed, lifecycle.EventUnusable, lifecycle.EventWithdraw:
			p.tries = 0
		default:
		}
	}
}

// maxLook is the longest time between two looks of a leader at its clock, as in package fsm. A clock that goes forward at
// once is noticed within it.
const maxLook = 250 * time.Millisecond

// rearm sets the participant's one timer to when time alone changes something. Timers fire late, now and then much.
func (w *world) rearm(p *participant, now core.Instant) {
	wake := p.core.NextWake()
	if w.planted.spins && wake != core.Never {
		wake = now
	}
	if wake <= now {
		w.violate(Progress, "p%d at %d wants to be woken at %d", p.index, now, wake)
	}
	if w.planted.never(p) {
		wake = core.Never
	}
	if p.core.State().Leading() {
		wake = min(wake, now.Add(maxLook))
	}
	if wake == p.wake {
		return
	}
	p.wake = wake
	p.tick++
	if wake == core.Never {
		w.agenda.stopTimer(p.index)
		return
	}
	at := max(p.clock.when(int64(wake)), w.now+1)
	if w.faulty() && !w.plan.punctual {
		at += w.lateness(p, wake)
	}
	w.agenda.setTimer(event{at: at, kind: evTick, who: int16(p.index), gen: p.tick})
}

// lateness is how late a timer fires.
func (w *world) lateness(p *participant, wake core.Instant) int64 {
	w.net.name(throwTimer, p.index, uint64(p.life), uint64(wake))
	if w.net.Float64() >= 0.2 {
		return 0
	}
	u := w.net.Float64()
	return int64(u * u * float64(p.cfg.Lease) / 50)
}
