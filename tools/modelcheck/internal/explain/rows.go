package explain

import (
	"slices"
	"strings"

	"github.com/tenure-go/tenure/spec"
)

// teller tells steps by the table.
type teller struct {
	table    *spec.Table
	commands []string // the only ones that are given, or nil for all
}

// taken is a row that was taken, or an event that was ignored or is forbidden.
type taken struct {
	event    spec.Event
	row      spec.Transition
	ignored  spec.Ignore
	outcome  outcome
	others   []string // events that would explain the step as well
	cascaded bool     // raised by an effect of the row before it
}

type outcome int

const (
	moved outcome = iota
	ignored
	forbidden
	strange // the step is not what the table says
)

// forbiddenState is where the model puts a participant that gets an event that the table forbids.
const forbiddenState = "forbidden"

// The steps of a participant in the model, and where their events come from.
var actions = map[string]spec.Source{
	"Command": spec.FromCommand, "Deadline": spec.FromTimer, "TimerFires": spec.FromTimer, "WakesUp": spec.FromWakeUp,
	"Reply": spec.FromStore, "TimeOut": spec.FromStore, "WorkReturns": spec.FromWorkload,
}

// action is the name of a step, without what a mutant puts before it.
func action(name string) string {
	if at := strings.LastIndex(name, "_"); at >= 0 && at+1 < len(name) {
		return name[at+1:]
	}
	return name
}

// rows finds the rows that a participant took in a step, in their order. There are none if the step is not one of a
// participant, or if the table does not explain it and the event cannot be told.
//
// What fits best is believed: an event that the step can bring and whose rows leave the same timers armed; or else one
// whose rows lead to the same state. A faulty model may bring events that a sound one cannot, so those are tried last.
func (t *teller) rows(name string, before, after core) []taken {
	possible, all := t.candidates(name, before)
	for _, try := range []struct {
		events []spec.Event
		timers bool
	}{{possible, true}, {possible, false}, {all, true}, {all, false}} {
		var fits [][]taken
		for _, event := range try.events {
			if path, ok := t.follow(event, name, before, after, try.timers); ok {
				fits = append(fits, path)
			}
		}
		if len(fits) == 0 {
			continue
		}
		first := fits[0]
		if first[0].outcome == forbidden && len(fits) > 1 {
			return nil // which of them it was cannot be told
		}
		for _, other := range fits[1:] {
			first[0].others = append(first[0].others, other[0].event.Name)
		}
		return first
	}
	if len(possible) == 1 && after.state != forbiddenState {
		row, _ := t.table.Row(before.state, possible[0].Name)
		return []taken{{event: possible[0], row: row, outcome: strange}}
	}
	return nil
}

// candidates are the events that a step of that name may bring, and all that come from where its events come from.
func (t *teller) candidates(name string, before core) (possible, all []spec.Event) {
	source, known := actions[action(name)]
	if !known {
		return nil, nil
	}
	for _, event := range t.table.Events {
		if event.From != source {
			continue
		}
		all = append(all, event)
		if t.possible(action(name), event.Name, before) {
			possible = append(possible, event)
		}
	}
	return possible, all
}

// possible reports whether a step of that name can bring an event, by what the participant awaited.
func (t *teller) possible(step, event string, before core) bool {
	switch step {
	case "Command":
		return t.commands == nil || slices.Contains(t.commands, event)
	case "Deadline":
		return event == "deadline"
	case "TimerFires":
		return event != "deadline"
	case "WorkReturns":
		return event == "work_done"
	case "Reply":
		switch answer := before.awaited.answer; answer {
		case "granted":
			return event == "granted" || event == "unusable"
		case "failed":
			return event == "unconfirmed"
		default:
			return event == answer
		}
	case "TimeOut":
		for _, p := range t.table.Pending {
			if p.Name == before.awaited.op {
				return slices.Contains(p.Raises, event) && !slices.Contains(answers, event)
			}
		}
	}
	return true
}

// answers are the events that only an answer brings, never its absence.
var answers = []string{"granted", "unusable", "refused", "invalid", "renewed", "lost", "released", "observed"}

// follow takes the row of an event and those of the events that its effects raise at once, and reports whether they lead
// to what the participant is afterwards: to the same state and, if timers says so, with the same timers armed.
func (t *teller) follow(event spec.Event, name string, before, after core, timers bool) ([]taken, bool) {
	row, ok := t.table.Row(before.state, event.Name)
	if !ok {
		if after.state == forbiddenState {
			return []taken{{event: event, outcome: forbidden}}, true
		}
		ignore, listed := t.table.Ignored(before.state, event.Name)
		same := after.state == before.state && (!timers || sameNames(before.armed, after.armed))
		return []taken{{event: event, ignored: ignore, outcome: ignored}}, listed && same
	}
	armed := t.fired(event.Name, name, before.armed)
	path := []taken{}
	for {
		path = append(path, taken{event: event, row: row, cascaded: len(path) > 0})
		var raised string
		armed, raised = t.arm(row, armed)
		next, more := t.table.Row(row.To, raised)
		if row.To == after.state && (!timers || sameNames(armed, after.armed)) {
			return path, true
		}
		if raised == "" || !more || len(path) > len(t.table.States) {
			return nil, false
		}
		event, _ = t.table.Event(raised)
		row = next
	}
}

// fired takes the timer away that raised an event by firing.
func (t *teller) fired(event, name string, armed []string) []string {
	if action(name) != "TimerFires" {
		return armed
	}
	return slices.DeleteFunc(slices.Clone(armed), func(timer string) bool {
		for _, p := range t.table.Pending {
			if p.Name == timer {
				return slices.Contains(p.Raises, event)
			}
		}
		return false
	})
}

// arm says which timers and subscriptions are there after a row's effects, and which event they may raise at once.
func (t *teller) arm(row spec.Transition, before []string) (armed []string, raised string) {
	armed = slices.Clone(before)
	for _, name := range row.Do {
		effect, _ := t.table.Effect(name)
		armed = slices.DeleteFunc(armed, func(a string) bool { return slices.Contains(effect.Ends, a) })
		for _, start := range effect.Starts {
			if t.isArmed(start) && !slices.Contains(armed, start) {
				armed = append(armed, start)
			}
		}
		if len(effect.AtOnce) > 0 {
			raised = effect.AtOnce[0]
		}
	}
	return armed, raised
}

// isArmed reports whether the model keeps a pending among the armed ones. It keeps the deadline as a countdown.
func (t *teller) isArmed(name string) bool {
	for _, p := range t.table.Pending {
		if p.Name == name {
			return name != "deadline" && (p.Kind == spec.KindTimer || p.Kind == spec.KindWatch)
		}
	}
	return false
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
