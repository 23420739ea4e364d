package templates

import (
	"fmt"
	"slices"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/tenure-go/tenure/spec"
)

// functions are what the templates may call.
func functions(table *spec.Table) template.FuncMap {
	return template.FuncMap{
		"header":     func(comment string) string { return header(table, comment) },
		"camel":      camel,
		"article":    article,
		"comment":    func(text string) string { return wrap("// ", text) },
		"wrapped":    wrap,
		"item":       item,
		"quoted":     quoted,
		"pending":    func(kind string) []spec.Pending { return pending(table, spec.PendingKind(kind)) },
		"verdict":    func(state, event string) verdict { return verdictOf(table, state, event) },
		"raisers":    func(event string) []string { return raisers(table, event) },
		"rowsOn":     func(event string) []perState { return rowsOn(table, event) },
		"groups":     func() []group { return groups(table) },
		"edges":      func() []edge { return edges(table) },
		"everywhere": func() []string { return everywhere(table) },
		"ignored":    func() []spec.Transition { return ignored(table) },
		"pairs":      func() int { return len(table.States) * len(table.Events) },
		"forbidden": func() int {
			return len(table.States)*len(table.Events) - len(table.Transitions) - len(ignored(table))
		},
		"nanoseconds": func() int64 { return int64(table.Timing.Margin.Floor) },
		"join":        strings.Join,
	}
}

// camel turns renewal_failed into RenewalFailed, and wake-up into WakeUp.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '_' || r == '-' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func article(word string) string {
	if strings.ContainsAny(word[:1], "aeiou") {
		return "an " + word
	}
	return "a " + word
}

// quoted returns the names as a list of TLA+ or Go strings.
func quoted(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(list, ", ")
}

// wrap breaks text into lines of at most 116 columns, each with the prefix.
func wrap(prefix, text string) string {
	const width = 116
	var lines []string
	line := prefix
	for word := range strings.FieldsSeq(text) {
		if line != prefix && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = prefix
		}
		if line != prefix {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}

// item is one entry of a list in a Go doc comment.
func item(text string) string {
	return "//   - " + strings.TrimPrefix(wrap("//     ", text), "//     ")
}

// verdict is what the table says of one (state, event) pair.
type verdict struct {
	Kind string // moves, ignored or forbidden
	To   string
	Do   []string
	Why  string
}

func verdictOf(table *spec.Table, state, event string) verdict {
	if row, ok := table.Row(state, event); ok {
		return verdict{Kind: "moves", To: row.To, Do: row.Do, Why: row.Why}
	}
	if pair, ok := table.Ignored(state, event); ok {
		return verdict{Kind: "ignored", To: state, Why: pair.Why}
	}
	return verdict{Kind: "forbidden", To: state}
}

// everywhere lists the events that may come in any state.
func everywhere(table *spec.Table) []string {
	var names []string
	for _, e := range table.Events {
		if e.Everywhere {
			names = append(names, e.Name)
		}
	}
	return names
}

// raisers says what an event comes from: what may be outstanding, or the effects that raise it at once.
func raisers(table *spec.Table, event string) []string {
	var names []string
	for _, p := range table.Pending {
		if slices.Contains(p.Raises, event) {
			names = append(names, p.Name)
		}
	}
	for _, e := range table.Effects {
		if slices.Contains(e.AtOnce, event) {
			names = append(names, e.Name)
		}
	}
	return names
}

// perState is what an event does in the states in which it does the same.
type perState struct {
	States []string
	verdict
}

// rowsOn groups the states by what the event does in them, in the table's order.
func rowsOn(table *spec.Table, event string) []perState {
	var list []perState
	for _, state := range table.States {
		v := verdictOf(table, state.Name, event)
		at := slices.IndexFunc(list, func(p perState) bool { return p.Kind == v.Kind && p.Why == v.Why && sameTarget(p, v) })
		if at < 0 {
			list = append(list, perState{verdict: v})
			at = len(list) - 1
		}
		list[at].States = append(list[at].States, state.Name)
	}
	return list
}

func sameTarget(p perState, v verdict) bool { return p.Kind != "moves" || p.To == v.To }

// group is the events of one source.
type group struct {
	Source string
	Events []spec.Event
}

func groups(table *spec.Table) []group {
	var list []group
	for _, event := range table.Events {
		if len(list) == 0 || list[len(list)-1].Source != string(event.From) {
			list = append(list, group{Source: string(event.From)})
		}
		last := &list[len(list)-1]
		last.Events = append(last.Events, event)
	}
	return list
}

// edge is one arrow of the diagram, with every event that takes it.
type edge struct {
	From, To string
	On       []string
}

// edges leaves out rows that stay in their state, which would hide the way through the lifecycle.
func edges(table *spec.Table) []edge {
	var list []edge
	for _, row := range table.Transitions {
		if row.From == row.To {
			continue
		}
		at := slices.IndexFunc(list, func(e edge) bool { return e.From == row.From && e.To == row.To })
		if at < 0 {
			list = append(list, edge{From: row.From, To: row.To})
			at = len(list) - 1
		}
		list[at].On = append(list[at].On, row.On)
	}
	return list
}

// ignored is the table's ignored pairs, one by one, in the order of states and events.
func ignored(table *spec.Table) []spec.Transition {
	var list []spec.Transition
	for _, state := range table.States {
		for _, event := range table.Events {
			if pair, ok := table.Ignored(state.Name, event.Name); ok {
				list = append(list, spec.Transition{From: state.Name, On: event.Name, To: state.Name, Why: pair.Why})
			}
		}
	}
	return list
}

// pending is what may be outstanding of one kind.
func pending(table *spec.Table, kind spec.PendingKind) []spec.Pending {
	return slices.DeleteFunc(slices.Clone(table.Pending), func(p spec.Pending) bool { return p.Kind != kind })
}
