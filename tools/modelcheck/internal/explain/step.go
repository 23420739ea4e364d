package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// step is what happened between two scenes.
type step struct {
	number        int
	actor         string
	before, after scene
	head          string   // what happened, in one sentence
	rows          []taken  // the rows that were taken
	told          []string // what followed, each a sentence
	unknown       []string // what changed and is not understood
}

// text tells the step, and what the situation is then.
func (s step) text(situation string) string {
	const margin = "      "
	var b strings.Builder
	b.WriteString(wrapped(fmt.Sprintf("%2d. ", s.number), margin, s.head))
	for _, line := range s.lines() {
		b.WriteString(wrapped(margin, margin, line))
	}
	b.WriteString(wrapped(margin, margin, strings.Join(s.told, " ")))
	for _, change := range s.unknown {
		b.WriteString(margin + change + "\n")
	}
	b.WriteString(wrapped(margin, margin, "Now "+situation))
	return b.String()
}

// wrapped breaks a text into lines, of which the first begins in another way than the others. No text makes no line.
func wrapped(first, others, text string) string {
	const width = 110
	var b strings.Builder
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = first + word
		case len(line)+1+len(word) > width:
			b.WriteString(line + "\n")
			line = others + word
		default:
			line += " " + word
		}
	}
	if line == "" {
		return ""
	}
	return b.String() + line + "\n"
}

// lines quotes the table.
func (s step) lines() []string {
	var lines []string
	for _, t := range s.rows {
		if t.cascaded {
			lines = append(lines, fmt.Sprintf("At once `%s` follows: %s", t.event.Name, t.event.Doc))
		}
		switch t.outcome {
		case moved:
			lines = append(lines, fmt.Sprintf("Row (%s, %s) -> %s: %s", t.row.From, t.row.On, t.row.To, t.row.Why))
		case ignored:
			lines = append(lines, "Ignored: "+t.ignored.Why)
		case forbidden:
			lines = append(lines, "The table forbids this event here.")
		case strange:
			lines = append(lines, s.strange(t))
		}
	}
	return lines
}

// strange tells of a step that the table does not have: the model is changed, or wrong.
func (s step) strange(t taken) string {
	before, after := s.before.core(s.actor).state, s.after.core(s.actor).state
	text := fmt.Sprintf("It goes from %s to %s, which is NOT WHAT THE TABLE SAYS", before, after)
	if t.row.To == "" {
		return text + "."
	}
	return fmt.Sprintf("%s: (%s, %s) -> %s.", text, t.row.From, t.row.On, t.row.To)
}

// step tells what happened from one scene to the next.
func (t *teller) step(before, after scene) step {
	s := step{number: after.number, actor: after.actor(before), before: before, after: after}
	was, is := before.core(s.actor), after.core(s.actor)
	if s.actor != "" {
		s.rows = t.rows(after.action, was, is)
	} else if source, ok := actions[action(after.action)]; ok {
		s.head = fmt.Sprintf("Nothing changes by an event from a %s.", source)
	}
	switch {
	case len(s.rows) > 0:
		first := s.rows[0]
		s.head = fmt.Sprintf("%s gets `%s`: %s", s.actor, first.event.Name, first.event.Doc)
		if len(first.others) > 0 {
			s.head += fmt.Sprintf(" (Or `%s`, to the same effect.)", strings.Join(first.others, "`, `"))
		}
	case s.head == "":
		s.head = s.event()
	}
	if action(after.action) != "Execute" {
		for _, c := range after.cores {
			s.told = append(s.told, coreChanges(before.core(c.name), c, len(s.rows) == 0)...)
		}
	}
	s.told = append(s.told, s.looseChanges()...)
	s.told = append(s.told, storeChanges(before.store, after.store, action(after.action) == "Tick")...)
	s.told = append(s.told, resourceChanges(before.state.Value("resource"), after.state.Value("resource"))...)
	s.unknown = s.unknownChanges()
	return s
}

// event is the first sentence about a step that no row of the table explains.
func (s step) event() string {
	name := action(s.after.action)
	switch name {
	case "Tick":
		return "A tick passes: of the lease, and of every deadline."
	case "Execute":
		return s.executed()
	case "ExecuteCopy":
		return "The store executes another copy of a request that is still awaited, and nobody is told."
	case "ExecuteLoose":
		if m, ok := s.stray(); ok {
			return fmt.Sprintf("The store executes the %s, for which nobody waits.", m.words())
		}
		return "The store executes a loose request, for which nobody waits."
	case "Lose":
		if m, ok := s.stray(); ok {
			return fmt.Sprintf("The %s is lost on its way.", m.words())
		}
		return "A loose request is lost on its way."
	case "Revoke":
		return "The store revokes the tenure: it is not renewed any more."
	case "Copy":
		return "The store copies itself to its replica."
	case "FailOver":
		return "The store is lost, and its replica takes over."
	case "CalmDown":
		return "The faults end: from here on nothing goes wrong any more, and what is due is done."
	case "Write":
		return s.write("begins a write", s.before, s.after)
	case "Apply":
		return s.write("reaches the resource: a write", s.after, s.before)
	}
	switch was, is := s.before.core(s.actor), s.after.core(s.actor); {
	case s.actor != "" && is.state == forbiddenState:
		return fmt.Sprintf("%s gets an event that the table forbids in the state %s.", s.actor, was.state)
	case s.actor != "":
		return fmt.Sprintf("%s takes the step %s.", s.actor, s.after.action)
	}
	return s.after.action + " happens."
}

// executed tells how the store answers an awaited call.
func (s step) executed() string {
	call := s.after.core(s.actor).awaited
	if s.actor == "" || call.op == "" {
		return "The store executes a call."
	}
	answer := call.answer
	if answer == "granted" {
		answer = fmt.Sprintf("granted, under fence %d", call.fence)
	}
	return fmt.Sprintf("The store executes the %s of %s. The answer is on its way: %s.", call.op, s.actor, answer)
}

// write names the write that one scene has and the other lacks.
func (s step) write(what string, without, with scene) string {
	old := without.state.Value("resource").Get("writes").Items
	for _, w := range with.state.Value("resource").Get("writes").Items {
		if slices.ContainsFunc(old, w.Equal) {
			continue
		}
		by, fence := w.Get("by").Name, w.Get("fence").Number
		if what == "begins a write" {
			return fmt.Sprintf("The workload of %s begins a write, with fence %d.", by, fence)
		}
		accepted := "refuses it"
		if now := s.after.state.Value("resource"); now.Get("by").Is(by) && now.Get("fence").Number == fence {
			accepted = "accepts it"
		}
		return fmt.Sprintf("A write of %s with fence %d reaches the resource, which %s.", by, fence, accepted)
	}
	return "A write goes its way."
}

// stray is the loose request that a step is about, if it can be told.
func (s step) stray() (message, bool) {
	var gone []message
	for _, m := range s.before.loose {
		if !slices.ContainsFunc(s.after.loose, func(o message) bool { return o.value.Equal(m.value) }) {
			gone = append(gone, m)
		}
	}
	switch {
	case len(gone) == 1:
		return gone[0], true
	case len(s.before.loose) == 1:
		return s.before.loose[0], true
	}
	return message{}, false
}

// unknownChanges shows the changes of variables and fields that have no words.
func (s step) unknownChanges() []string {
	var changes []string
	for _, v := range s.after.state.Variables {
		old := s.before.state.Value(v.Name)
		if old.Equal(v.Value) || slices.Contains(known, v.Name) {
			continue
		}
		changes = append(changes, differences(v.Name, old, v.Value)...)
	}
	for _, c := range s.after.cores {
		was := s.before.core(c.name).books
		for i, key := range c.books.Keys {
			if !slices.Contains(knownFields, key.Name) {
				changes = append(changes, differences(c.name+"."+key.Name, was.Get(key.Name), c.books.Items[i])...)
			}
		}
	}
	return changes
}

// The variables and fields that have words.
var (
	known       = []string{"core", "loose", "store", "calm", "resource"}
	knownFields = []string{"state", "left", "fence", "ended", "awaited", "armed", "due", "work", "grace", "announced"}
)

// differences goes down into records and functions as far as they have the same keys.
func differences(name string, before, after tlc.Value) []string {
	if before.Equal(after) {
		return nil
	}
	alike := (after.Kind == tlc.Record || after.Kind == tlc.Function) && before.Kind == after.Kind &&
		slices.EqualFunc(before.Keys, after.Keys, tlc.Value.Equal)
	if !alike {
		return []string{fmt.Sprintf("%s: %s -> %s", name, before, after)}
	}
	var changes []string
	for i, key := range after.Keys {
		changes = append(changes, differences(name+"."+key.Name, before.Items[i], after.Items[i])...)
	}
	return changes
}
