package proptest

import (
	"slices"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// Trace is a run as the model in tla/ tells it: one line for each step that changes something.
type Trace struct {
	Seed  uint64
	Lines []TraceLine
	// Corruption says what was made wrong with it; empty for a run as it was.
	Corruption string `json:",omitempty"`
}

// Step is what a line of a trace says that happened: the name of one of the protocol's steps.
type Step string

// The steps.
const (
	StepTick     Step = "tick"
	StepCommand  Step = "command"
	StepDeadline Step = "deadline"
	StepTimer    Step = "timer"
	StepHint     Step = "hint"
	StepReply    Step = "reply"
	StepFailure  Step = "failure"
	StepReturn   Step = "return"
	StepExecute  Step = "execute"
	StepCopy     Step = "copy"
	StepLate     Step = "late"
	StepRevoke   Step = "revoke"
)

// Steps returns all steps.
func Steps() []Step {
	return []Step{
		StepTick, StepCommand, StepDeadline, StepTimer, StepHint, StepReply, StepFailure, StepReturn, StepExecute, StepCopy,
		StepLate, StepRevoke,
	}
}

// TraceLine is one step, and what the code was found to be after it. Times are in ticks; fences are counted in the order
// in which they were granted.
type TraceLine struct {
	Step Step `json:",omitempty"`
	// Who is the participant, an incarnation: "p1", "p2" and so on. What is the event, or the event that an answer raises.
	Who  string `json:",omitempty"`
	What string `json:",omitempty"`
	// To is the state in which a participant's step ended.
	To string `json:",omitempty"`
	// Core is the participant after the step; nil where it was not looked at, since it took another in the same instant.
	// Then Left is the ticks until its deadline, if the step has set one.
	Core *TraceCore `json:",omitempty"`
	Left int64      `json:",omitempty"`
	// Store is what the store holds after the step; nil where it was not looked at.
	Store *TraceLease `json:",omitempty"`
	// Late is the request that the store executed although nobody awaits it.
	Late *TraceRequest `json:",omitempty"`
}

// TraceCore is what a participant was found to be.
type TraceCore struct {
	Left  int64  // ticks until its deadline, if it leads
	Fence uint64 // of its tenure
	Op    string // of the awaited call
	Armed []string
	Work  string // none, running, or told to end
	News  string // what was announced last
}

// TraceLease is what the store was found to hold; the zero TraceLease is nothing.
type TraceLease struct {
	Owner   string `json:",omitempty"`
	Newest  bool   `json:",omitempty"` // it is the owner's newest attempt
	Fence   uint64 `json:",omitempty"`
	Left    int64  `json:",omitempty"`
	Revoked bool   `json:",omitempty"`
}

// TraceRequest is a request that nobody awaits.
type TraceRequest struct {
	Op     string
	Newest bool
	Fence  uint64
}

// Record makes a run in whole ticks and returns its trace. The checks look at it as at every run. The planted fault, if it
// is not nil, is put into the code under test.
func Record(seed uint64, planted *Planted) (*Trace, []*Violation) {
	t := &tracer{fences: map[uint64]uint64{}}
	w := newWorld(Options{Seed: seed, Planted: planted, KeepGoing: planted != nil, trace: t})
	w.run()
	for len(t.lines) > 0 && t.lines[len(t.lines)-1].Step == StepTick {
		t.lines = t.lines[:len(t.lines)-1]
	}
	lines := slices.DeleteFunc(t.lines, func(l TraceLine) bool { return l.Step == "" })
	return &Trace{Seed: seed, Lines: lines}, w.violations
}

// tracer records a run. A nil tracer records nothing: that is the one of every other run.
type tracer struct {
	lines []TraceLine
	lives []tracedLife
	// fences counts them in the order in which the store granted them.
	fences map[uint64]uint64
}

// tracedLife is one incarnation, which the model knows as a participant of its own.
type tracedLife struct {
	name, incarnation string
	place             int
	number            uint32
	core              *core.Core
	news              string
}

func (t *tracer) began(p *participant) {
	if t == nil {
		return
	}
	name := "p" + string(rune('1'+len(t.lives)))
	t.lives = append(t.lives, tracedLife{name, p.incarnation, p.index, p.life, p.core, "loss"})
}

// full tells whether there have been as many incarnations as the model carries.
func (t *tracer) full() bool { return t != nil && len(t.lives) >= maxLives }

func (t *tracer) life(place int, number uint32) *tracedLife {
	return &t.lives[slices.IndexFunc(t.lives, func(l tracedLife) bool { return l.place == place && l.number == number })]
}

// allows tells what of a caller's wishes the model has: not workloads that begin in the middle of a tenure, nor readers
// whose clock was set back.
func (t *tracer) allows(p *participant, kind command) bool {
	switch {
	case t == nil:
		return true
	case kind == cmdRegister, kind == cmdExpired:
		return false
	case kind == cmdWork:
		return !p.core.State().Leading()
	case kind == cmdClose:
		return !t.full()
	default:
		return true
	}
}

func (t *tracer) add(l TraceLine) { t.lines = append(t.lines, l) }

// until notes the ticks that pass up to an instant. The store is looked at where a lease ends.
func (t *tracer) until(w *world, at int64) {
	if t == nil {
		return
	}
	for now := w.now + int64(tick); now <= at; now += int64(tick) {
		line := TraceLine{Step: StepTick}
		if w.ledger.held && w.storeClock.at(now) == w.ledger.end {
			line.Store = &TraceLease{}
		}
		t.add(line)
	}
}

// stepped notes the rows that a participant took in one step, and what it was after the last of them.
func (t *tracer) stepped(w *world, p *participant, out *core.Output, now core.Instant) {
	if t == nil {
		return
	}
	l := t.life(p.index, p.life)
	for _, a := range out.Actions {
		switch a.Kind {
		case core.ActionGained:
			l.news = "gain"
		case core.ActionLost:
			l.news = "loss"
		default:
		}
	}
	first, gained := len(t.lines), false
	for i, s := range out.Steps {
		if i > 0 && followsAtOnce(out.Steps[i-1], s) {
			t.lines[len(t.lines)-1].To = s.To.String()
			continue
		}
		if step := stepOf(s); step != "" {
			t.add(TraceLine{Step: step, Who: l.name, What: s.Event.String(), To: s.To.String()})
		}
		gained = gained || s.Event == lifecycle.EventGranted && s.To.Leading()
	}
	if len(t.lines) == first {
		return
	}
	seen := t.core(w, p, l, now)
	for i := range t.lines[first : len(t.lines)-1] {
		if line := &t.lines[first+i]; line.What == lifecycle.EventGranted.String() || line.What == lifecycle.EventRenewed.String() {
			line.Left = seen.Left
		}
	}
	last := &t.lines[len(t.lines)-1]
	last.Core, last.Store = seen, t.lease(w, w.now)
	if gained && len(p.works) == 0 {
		// In the model a workload begins with each tenure, and may return at any time.
		t.lines[len(t.lines)-1].Core.Work = workRunning
		t.add(TraceLine{
			Step: StepReturn, Who: l.name, What: lifecycle.EventWorkDone.String(), To: p.core.State().String(),
			Core: t.core(w, p, l, now),
		})
	}
}

// followsAtOnce tells whether the row was taken for an event that an effect of the one before it raised.
func followsAtOnce(before, s core.Step) bool {
	switch s.Event {
	case lifecycle.EventUnattended:
		return true
	case lifecycle.EventWorkDone:
		return before.From.Leading() && (before.Event == lifecycle.EventResign || before.Event == lifecycle.EventStop)
	default:
		return false
	}
}

// stepOf tells what a row is in the model; nothing, if it changes nothing.
func stepOf(s core.Step) Step {
	moves := s.Verdict == lifecycle.Moves
	switch s.Event.Source() {
	case lifecycle.SourceCommand:
		if moves {
			return StepCommand
		}
		return ""
	case lifecycle.SourceWakeUp:
		if moves {
			return StepHint
		}
		return ""
	case lifecycle.SourceWorkload:
		return StepReturn
	case lifecycle.SourceTimer:
		if s.Event == lifecycle.EventDeadline {
			return StepDeadline
		}
		return StepTimer
	default:
		if answers(s.Event) {
			return StepReply
		}
		return StepFailure
	}
}

// answers tells whether only an answer of the store raises the event, never its absence.
func answers(e lifecycle.Event) bool {
	switch e {
	case lifecycle.EventUnconfirmed, lifecycle.EventRenewalFailed, lifecycle.EventReleaseFailed,
		lifecycle.EventReleaseAbandoned, lifecycle.EventObserveFailed:
		return false
	default:
		return true
	}
}

// executed notes that the store has executed a request. Whether the participant will get this answer is not known yet: it
// is a copy, unless answered makes it the execution.
func (t *tracer) executed(w *world, m *message, before *ledger) {
	if t == nil {
		return
	}
	l := t.life(m.who, m.life)
	if w.ledger.held && t.fences[w.ledger.tenure.Fence] == 0 {
		t.fences[w.ledger.tenure.Fence] = uint64(len(t.fences) + 1)
	}
	before.expire(w.storeNow())
	line := TraceLine{Step: StepCopy, Who: l.name, Store: t.lease(w, w.now)}
	if call, awaits := l.core.Awaited(); !awaits || call.Number != m.call.Number {
		if m.call.Op == core.OpGet || !changed(before, &w.ledger) {
			return
		}
		line.Step, line.Late = StepLate, t.request(l, &m.call)
	}
	t.add(line)
	m.line = int32(len(t.lines))
}

func changed(before, after *ledger) bool {
	return before.held != after.held || after.held && (before.tenure != after.tenure || before.end != after.end)
}

// rejected notes that the store refuses a request as invalid, for the case that the participant gets to know it.
func (t *tracer) rejected(w *world, m *message) {
	if t != nil {
		t.add(TraceLine{Who: t.life(m.who, m.life).name, Store: t.lease(w, w.now)})
		m.line = int32(len(t.lines))
	}
}

// answered notes that the participant has got the answer of an execution.
func (t *tracer) answered(m *message, out *core.Output) {
	if t == nil || out.Stale || m.line == 0 {
		return
	}
	for _, s := range out.Steps {
		if s.Event.Source() == lifecycle.SourceStore && answers(s.Event) {
			line := &t.lines[m.line-1]
			line.Step, line.What = StepExecute, s.Event.String()
			return
		}
	}
}

func (t *tracer) revoked(w *world) {
	if t != nil {
		t.add(TraceLine{Step: StepRevoke, Store: t.lease(w, w.now)})
	}
}

func (t *tracer) request(l *tracedLife, call *core.Call) *TraceRequest {
	r := &TraceRequest{Op: opName(call.Op), Newest: call.Tenure.Number == l.core.Tenure().Number}
	if call.Op != core.OpAcquire {
		r.Fence = t.fences[call.Tenure.Fence]
	}
	return r
}

func opName(op core.Op) string {
	return map[core.Op]string{
		core.OpAcquire: "acquire", core.OpRenew: "renewal", core.OpRelease: "release", core.OpGet: "lookup",
	}[op]
}

const (
	workNone    = "none"
	workRunning = "running"
	workTold    = "told"
)

// core is what a participant is now. Its deadline is looked up on its own clock, which may yet lose a tick until then.
func (t *tracer) core(w *world, p *participant, l *tracedLife, now core.Instant) *TraceCore {
	c := &TraceCore{Fence: t.fences[p.core.Tenure().Fence], Op: workNone, Work: workNone, News: l.news}
	if p.core.State().Leading() {
		c.Left = max(p.clock.when(int64(p.core.Deadline()))-w.now, 0) / int64(tick)
	}
	if call, awaits := p.core.Awaited(); awaits {
		c.Op = opName(call.Op)
	}
	switch {
	case len(p.works) == 0:
	case p.core.Leads(now):
		c.Work = workRunning
	default:
		c.Work = workTold
	}
	c.Armed = p.core.Armed()
	return c
}

// lease is what the store holds at an instant.
func (t *tracer) lease(w *world, now int64) *TraceLease {
	l := w.ledger
	l.expire(w.storeClock.at(now))
	if !l.held {
		return &TraceLease{}
	}
	owner := t.owner(l.tenure)
	return &TraceLease{
		Owner: owner.name, Newest: owner.core.Tenure().Number == l.tenure.Number, Fence: t.fences[l.tenure.Fence],
		Left: (l.end - w.storeClock.at(now)) / int64(tick), Revoked: l.revoked,
	}
}

func (t *tracer) owner(tenure stores.Tenure) *tracedLife {
	return &t.lives[slices.IndexFunc(t.lives, func(l tracedLife) bool { return l.incarnation == tenure.Incarnation })]
}
