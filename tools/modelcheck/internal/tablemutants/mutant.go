package tablemutants

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/fsmgen/templates"
)

// Kind is what was changed.
type Kind string

// The kinds of mutants.
const (
	// OtherTarget: a row leads to another state.
	OtherTarget Kind = "other target"
	// DroppedEffect: a row lacks one of its effects.
	DroppedEffect Kind = "dropped effect"
	// ExchangedEffects: two neighbouring effects of a row are done in the other order.
	ExchangedEffects Kind = "exchanged effects"
	// ReplacedEffect: a row does an effect that is akin to one of its own in place of that.
	ReplacedEffect Kind = "replaced effect"
	// MissingRow: a row is not there, so that its pair is forbidden.
	MissingRow Kind = "missing row"
	// IgnoredRow: a row's pair is ignored in its place.
	IgnoredRow Kind = "ignored row"
	// MissingIgnore: an ignored pair is forbidden.
	MissingIgnore Kind = "missing ignore"
)

// Kinds returns all kinds of mutants.
func Kinds() []Kind {
	return []Kind{
		OtherTarget, DroppedEffect, ExchangedEffects, ReplacedEffect, MissingRow, IgnoredRow, MissingIgnore,
	}
}

// Mutant is the table with one fault.
type Mutant struct {
	// Name says where and what the fault is, and tells the mutant from all others: "leading/deadline: to idle".
	Name string
	Kind Kind
	// Row is the pair that was changed, state/event.
	Row string
	// Text is the whole table, with all comments, as it would stand in its file.
	Text []byte
}

// All returns every mutant of the table in source, in the order of its rows.
func All(source []byte) ([]Mutant, error) {
	table, err := spec.Parse(templates.TablePath, source)
	if err != nil {
		return nil, err
	}
	g := generator{table: table, lines: strings.Split(string(source), "\n")}
	for _, row := range table.Transitions {
		g.targets(row)
		g.effects(row)
		g.presence(row)
	}
	for _, ignore := range table.Ignores {
		g.ignores(ignore)
	}
	return g.mutants, g.err
}

// generator makes the mutants of one table.
type generator struct {
	table   *spec.Table
	lines   []string
	mutants []Mutant
	err     error
}

func (g *generator) add(kind Kind, state, event, what string, text []byte) {
	row := state + "/" + event
	g.mutants = append(g.mutants, Mutant{Name: row + ": " + what, Kind: kind, Row: row, Text: text})
}

func (g *generator) targets(row spec.Transition) {
	for _, s := range g.table.States {
		if s.Name != row.To {
			changed := row
			changed.To = s.Name
			g.add(OtherTarget, row.From, row.On, "to "+s.Name, g.rewrite(row, changed))
		}
	}
}

func (g *generator) effects(row spec.Transition) {
	do := func(kind Kind, what string, effects []string) {
		changed := row
		changed.Do = effects
		g.add(kind, row.From, row.On, what, g.rewrite(row, changed))
	}
	for i, effect := range row.Do {
		do(DroppedEffect, "without "+effect, slices.Delete(slices.Clone(row.Do), i, i+1))
	}
	for i := range len(row.Do) - 1 {
		order := slices.Clone(row.Do)
		order[i], order[i+1] = order[i+1], order[i]
		do(ExchangedEffects, order[i]+" before "+order[i+1], order)
	}
	for i, effect := range row.Do {
		for _, other := range g.table.Effects {
			if !slices.Contains(row.Do, other.Name) && g.akin(effect, other) {
				effects := slices.Clone(row.Do)
				effects[i] = other.Name
				do(ReplacedEffect, other.Name+" for "+effect, effects)
			}
		}
	}
}

// presence makes the mutants in which a row's pair is forbidden, or ignored.
func (g *generator) presence(row spec.Transition) {
	g.add(MissingRow, row.From, row.On, "missing", g.edit(row.Pos.Line, func(string) (string, bool) { return "", true }))
	last := g.table.Ignores[len(g.table.Ignores)-1].Pos.Line
	ignore := fmt.Sprintf("  - {on: %s, in: [%s], why: A mutant.}", row.On, row.From)
	lines := slices.Clone(g.lines)
	lines[row.Pos.Line-1] = ""
	lines = slices.Insert(lines, last, ignore)
	g.add(IgnoredRow, row.From, row.On, "ignored", []byte(strings.Join(lines, "\n")))
}

func (g *generator) ignores(ignore spec.Ignore) {
	for i, state := range ignore.In {
		rest := slices.Delete(slices.Clone(ignore.In), i, i+1)
		text := g.edit(ignore.Pos.Line, func(line string) (string, bool) {
			if len(rest) == 0 {
				return "", true
			}
			return substitute(line, list("in", ignore.In), list("in", rest))
		})
		g.add(MissingIgnore, state, ignore.On, "not ignored", text)
	}
}

// rewrite returns the table with another target or other effects in a row.
func (g *generator) rewrite(row, changed spec.Transition) []byte {
	return g.edit(row.Pos.Line, func(line string) (string, bool) { return substitute(line, head(row), head(changed)) })
}

// edit returns the table with one line changed. Lines count from 1.
func (g *generator) edit(number int, change func(line string) (string, bool)) []byte {
	changed, ok := change(g.lines[number-1])
	if !ok && g.err == nil {
		g.err = fmt.Errorf("tenure: line %d of the table is not written as its mutants need it: %s", number, g.lines[number-1])
	}
	lines := slices.Clone(g.lines)
	lines[number-1] = changed
	return []byte(strings.Join(lines, "\n"))
}

// head is the beginning of a row as it stands in the file, on one line.
func head(row spec.Transition) string {
	return fmt.Sprintf("{from: %s, on: %s, to: %s, %s", row.From, row.On, row.To, list("do", row.Do))
}

func list(key string, names []string) string { return key + ": [" + strings.Join(names, ", ") + "]," }

func substitute(line, old, changed string) (string, bool) {
	return strings.Replace(line, old, changed, 1), strings.Count(line, old) == 1
}

// akin tells whether one effect could be mistaken for another. It follows from what the table says of both: they start
// or end the same thing, start a call each, raise something at once each, or neither does any of that.
func (g *generator) akin(name string, other spec.Effect) bool {
	effect, _ := g.table.Effect(name)
	of, others := touched(effect), touched(other)
	if len(of) == 0 || len(others) == 0 {
		return len(of) == len(others) && (len(effect.AtOnce) > 0) == (len(other.AtOnce) > 0)
	}
	return g.startsCall(effect) && g.startsCall(other) ||
		slices.ContainsFunc(of, func(p string) bool { return slices.Contains(others, p) })
}

func touched(effect spec.Effect) []string { return slices.Concat(effect.Starts, effect.Ends) }

func (g *generator) startsCall(effect spec.Effect) bool {
	return slices.ContainsFunc(effect.Starts, func(name string) bool {
		return slices.ContainsFunc(g.table.Pending, func(p spec.Pending) bool {
			return p.Name == name && p.Kind == spec.KindCall
		})
	})
}
