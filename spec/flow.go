package spec

import (
	"fmt"
	"slices"
	"strings"
)

// set is a set of pendings, by their place in the table.
type set uint64

const (
	maxPendings = 64
	// maxSteps bounds the visit: the sets of one state are at most two to the number of pendings, and in a table that
	// a person wrote they are a few dozen.
	maxSteps = 20_000
)

func (s set) has(pending int) bool { return s&(1<<pending) != 0 }
func (s *set) add(pending int)     { *s |= 1 << pending }
func (s *set) remove(pending int)  { *s &^= 1 << pending }

// step is one way into a state with what may be outstanding there. Steps are made breadth first, so the way of the
// first step that shows a fault is a shortest one.
type step struct {
	state   string
	out     set
	started set    // what its row started, whether or not it was outstanding before
	prev    *step  // the step before, or nil
	row     int    // the transition that was taken, or -1
	ignored string // the event that was ignored since, if any
}

// situation is what makes two steps the same for all that can follow.
type situation struct {
	state string
	out   set
}

// flow visits every situation of the participant, and judges each.
type flow struct {
	*checker
	queue    []*step
	seen     map[situation]bool
	instants map[instant]bool
	fired    []bool // per transition
	applied  map[pair]bool
	reported map[string]bool // one example per fault is enough
}

// instant is an event that an effect may raise at once, in the situation in which its row ends.
type instant struct {
	situation
	event string
}

// flow runs the analysis that the package comment describes.
func (c *checker) flow() {
	if len(c.table.Pending) > maxPendings {
		c.fault(c.sections["pending"], "more than %d pendings", maxPendings)
		return
	}
	f := &flow{
		checker: c, seen: map[situation]bool{}, instants: map[instant]bool{},
		fired: make([]bool, len(c.table.Transitions)), applied: map[pair]bool{}, reported: map[string]bool{},
	}
	var out set
	for i, p := range c.table.Pending {
		if p.Kind == KindMark {
			out.add(i)
		}
	}
	f.enter(&step{state: c.table.Initial, out: out, row: -1})
	//nolint:intrange // visiting adds to the queue
	for i := 0; i < len(f.queue); i++ {
		if len(f.queue) > maxSteps {
			c.fault(c.sections["transitions"], "more than %d situations; what is outstanding cannot be followed", maxSteps)
			return
		}
		f.visit(f.queue[i])
	}
	f.idle()
}

// enter queues a step, unless the same situation was reached before.
func (f *flow) enter(s *step) {
	at := situation{s.state, s.out}
	if !f.seen[at] {
		f.seen[at] = true
		f.queue = append(f.queue, s)
	}
}

// visit follows everything that can come in the situation of a step.
func (f *flow) visit(s *step) {
	for _, r := range f.index.rowsOf[s.state] {
		row := f.table.Transitions[r]
		by, raised := f.index.raisedBy[row.On]
		event, _ := f.table.Event(row.On)
		if event.From == FromCommand || raised && s.out.has(by) {
			f.take(s, r)
		}
	}
	f.stuck(s)
	for p, pending := range f.table.Pending {
		if !s.out.has(p) {
			continue
		}
		for _, event := range pending.Raises {
			at := pair{s.state, event}
			f.applied[at] = true
			switch h, ok := f.index.handled[at]; {
			case !ok:
				f.forbidden(s, p, at)
			case h.row < 0 && (pending.Kind == KindCall || pending.Kind == KindTimer):
				f.ignore(s, event)
			}
		}
	}
}

// ignore follows an event that changes nothing but that the call or timer which raised it is over. A workload is not: where
// its return is ignored, another may begin.
func (f *flow) ignore(s *step, event string) {
	f.enter(&step{state: s.state, out: f.consume(s.out, event), started: s.started, prev: s.prev, row: s.row, ignored: event})
}

// stuck reports a situation in which nothing will come by itself: no call, timer or workload is outstanding, and a
// wake-up is a hint that may be lost. A participant may rest at the beginning and at the end, and nowhere else.
func (f *flow) stuck(s *step) {
	if state, _ := f.table.State(s.state); state.Final || s.state == f.table.Initial {
		return
	}
	for p, pending := range f.table.Pending {
		if s.out.has(p) && pending.Kind != KindWatch && pending.Kind != KindMark {
			return
		}
	}
	row := f.table.Transitions[s.row]
	way := rowLabel(row.From, row.On) + " leads there"
	if s.ignored != "" {
		way += fmt.Sprintf(", and %s is ignored there", s.ignored)
	}
	f.example(row.Pos, fmt.Sprintf("state %s can come to have nothing under way, and would be left only by a command", s.state), way)
}

// take follows the r-th transition from a step.
func (f *flow) take(from *step, r int) {
	f.fired[r] = true
	row := f.table.Transitions[r]
	s := &step{state: row.To, out: f.consume(from.out, row.On), prev: from, row: r}
	for j, name := range row.Do {
		f.safe(s, j)
		f.apply(f.table.Effects[f.index.effects[name]], s)
	}
	f.enter(s)
	for j, name := range row.Do {
		for _, event := range f.table.Effects[f.index.effects[name]].AtOnce {
			f.atOnce(s, j, event)
		}
	}
}

// consume removes what an event ends: the pending that raised it, unless that goes on. An event of the workload that
// an effect raises at once says that no workload is registered, so none is outstanding either.
func (f *flow) consume(out set, event string) set {
	if p, ok := f.index.raisedBy[event]; ok && f.table.Pending[p].Kind != KindWatch {
		out.remove(p)
	}
	if e, _ := f.table.Event(event); e.From == FromWorkload && f.index.atOnceBy[event] != nil {
		for i, p := range f.table.Pending {
			if p.Kind == KindWorkload {
				out.remove(i)
			}
		}
	}
	return out
}

// apply does an effect: what it ends, then what it starts.
func (f *flow) apply(effect Effect, s *step) {
	for _, p := range effect.Ends {
		s.out.remove(f.index.pendings[p])
	}
	for _, p := range effect.Starts {
		if f.isCall(p) {
			for i, other := range f.table.Pending {
				if other.Kind == KindCall {
					s.out.remove(i)
				}
			}
		}
		s.out.add(f.index.pendings[p])
		s.started.add(f.index.pendings[p])
	}
}

// atOnce follows an event that the j-th effect of a step's row raises at once. It goes on from this very step, not from
// the first one into the same situation, so that an example shows the row that raised the event.
func (f *flow) atOnce(s *step, j int, event string) {
	at := instant{situation{s.state, s.out}, event}
	if f.instants[at] {
		return
	}
	f.instants[at] = true
	here := pair{s.state, event}
	f.applied[here] = true
	h, ok := f.index.handled[here]
	switch {
	case !ok:
		row := f.table.Transitions[s.row]
		f.example(f.doAt[s.row][j], fmt.Sprintf("%s can come in state %s, where it is forbidden", event, s.state),
			fmt.Sprintf("%s leads there and does %s, which raises it at once", rowLabel(row.From, row.On), row.Do[j]))
	case h.row >= 0:
		f.take(s, h.row)
	}
}

// example reports a fault with one way to it. Another way to the same fault adds nothing.
func (f *flow) example(pos Pos, message, way string) {
	if !f.reported[message] {
		f.reported[message] = true
		f.fault(pos, "%s: %s", message, way)
	}
}

// never says why an event does not come in a state.
func (f *flow) never(state, event string) string {
	var reasons []string
	if p, ok := f.index.raisedBy[event]; ok {
		reasons = append(reasons, fmt.Sprintf("%s is never outstanding in state %s", f.table.Pending[p].Name, state))
	}
	for _, e := range f.index.atOnceBy[event] {
		reasons = append(reasons, fmt.Sprintf("no row that does %s leads there", f.table.Effects[e].Name))
	}
	return strings.Join(reasons, ", and ")
}

// idle reports rows and ignores whose event never comes in their state. In a state that is never entered all of them
// would be; why it is not entered is reported elsewhere.
func (f *flow) idle() {
	entered := map[string]bool{}
	for at := range f.seen {
		entered[at.state] = true
	}
	for r, row := range f.table.Transitions {
		if entered[row.From] && !f.fired[r] && f.first(r) {
			f.fault(row.Pos, "%s can never fire: %s", rowLabel(row.From, row.On), f.never(row.From, row.On))
		}
	}
	for i, ignore := range f.table.Ignores {
		event, _ := f.table.Event(ignore.On)
		for j, state := range ignore.In {
			if entered[state] && event.From != FromCommand && !f.applied[pair{state, ignore.On}] {
				f.fault(f.inAt[i][j], "ignore of %s in state %s can never apply: %s", ignore.On, state, f.never(state, ignore.On))
			}
		}
	}
}

// first tells a transition from a second one for the same pair, which is a fault of its own.
func (f *flow) first(r int) bool {
	row := f.table.Transitions[r]
	return slices.Contains(f.index.rowsOf[row.From], r)
}
