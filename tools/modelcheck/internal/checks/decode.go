package checks

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/tenure-go/tenure/spec"
)

// deadlock stands for the name of a property where a deadlock is to be found.
const deadlock = "deadlock"

// decoder holds a list while it is read and judged.
type decoder struct {
	reader
	list    *List
	meaning map[string]spec.Pos // where each is explained
}

func (d *decoder) decode(root ast.Node) {
	m := d.mapping(root, "the list", []string{"configurations", "meaning"}, []string{"constants", "mutants", "witnesses"})
	constants := m.constants("constants")
	for _, n := range m.items("configurations") {
		d.configuration(n, constants)
	}
	for _, n := range m.items("mutants") {
		d.mutant(n)
	}
	for _, n := range m.items("witnesses") {
		d.witness(n)
	}
	d.list.Meanings, d.meaning = map[string]Meaning{}, map[string]spec.Pos{}
	if n, ok := m.values["meaning"]; ok {
		inner := d.open(n, "meaning")
		for _, name := range inner.keys {
			entry := d.mapping(inner.values[name], "the meaning of "+name, []string{"text"}, []string{"rule"})
			d.list.Meanings[name] = Meaning{Rule: int(entry.count("rule")), Text: entry.word("text")}
			d.meaning[name] = inner.at[name]
		}
	}
}

func (d *decoder) configuration(n ast.Node, constants []Constant) {
	m := d.mapping(n, "configuration", []string{"name", "set", "doc", "module", "specification"}, []string{
		"constants", "symmetry", "view", "constraint", "invariants", "properties", "deadlock", "liveness", "weight",
		"distinct", "unexplored", "replace",
	})
	c := Configuration{
		Name: m.word("name"), Doc: m.word("doc"), Set: m.word("set"), Module: m.word("module"),
		Specification: m.word("specification"), Constants: merged(constants, m.constants("constants")),
		Symmetry: m.word("symmetry"), View: m.word("view"), Constraint: m.word("constraint"),
		Invariants: m.words("invariants"), Properties: m.words("properties"),
		Deadlock: m.flag("deadlock"), Liveness: m.flag("liveness"),
		Weight: int(m.count("weight")), Distinct: m.count("distinct"), Pos: m.pos, flow: m.flow,
		replace: m.constants("replace"),
	}
	if n, ok := m.values["distinct"]; ok {
		c.pin = position(n)
	}
	if n, ok := m.values["unexplored"]; ok {
		inner := d.open(n, m.label+": unexplored")
		for _, action := range inner.keys {
			c.Unexplored = append(c.Unexplored, Unexplored{action, inner.word(action)})
		}
	}
	d.list.Configurations = append(d.list.Configurations, c)
}

func (d *decoder) mutant(n ast.Node) {
	m := d.mapping(n, "mutant", []string{"name", "doc", "of", "caught_by"},
		[]string{"module", "replace", "constants", "weight"})
	d.list.Mutants = append(d.list.Mutants, Mutant{
		Name: m.word("name"), Doc: m.word("doc"), Of: m.word("of"), Module: m.word("module"),
		Replace: m.constants("replace"), Constants: m.constants("constants"),
		CaughtBy: m.wordOrWords("caught_by"), Weight: int(m.count("weight")), Pos: m.pos,
	})
}

func (d *decoder) witness(n ast.Node) {
	m := d.mapping(n, "witness", []string{"name", "doc", "of"},
		[]string{"module", "constants", "unless", "unless_step", "weight"})
	d.list.Witnesses = append(d.list.Witnesses, Witness{
		Name: m.word("name"), Doc: m.word("doc"), Of: m.word("of"), Module: m.word("module"),
		Constants: m.constants("constants"), Unless: m.word("unless"), UnlessStep: m.word("unless_step"),
		Weight: int(m.count("weight")), Pos: m.pos,
	})
}

// validate judges what was read.
func (d *decoder) validate() {
	d.names()
	used := map[string]bool{}
	for _, c := range d.list.Configurations {
		d.validConfiguration(c)
		for _, property := range slices.Concat(c.Invariants, c.Properties) {
			used[property] = true
			if _, ok := d.meaning[property]; !ok {
				d.fault(c.Pos, "configuration %s: nobody says what %s means; add it to meaning", c.Name, property)
			}
		}
	}
	for name, pos := range d.meaning {
		if !used[name] {
			d.fault(pos, "meaning: no configuration has the property %s", name)
		}
	}
	for _, m := range d.list.Mutants {
		d.validMutant(m)
	}
	for _, w := range d.list.Witnesses {
		if _, ok := d.list.Configuration(w.Of); !ok && w.Of != "" {
			d.fault(w.Pos, "witness %s: there is no configuration %s", w.Name, w.Of)
		}
		if (w.Unless == "") == (w.UnlessStep == "") {
			d.fault(w.Pos, "witness %s must have either unless or unless_step", w.Name)
		}
	}
}

// names finds two entries of one name: a name on the command line must mean one thing.
func (d *decoder) names() {
	first := map[string]spec.Pos{}
	see := func(name string, pos spec.Pos) {
		if at, twice := first[name]; twice && name != "" {
			d.fault(pos, "the name %s is taken already, at %s", name, at)
			return
		}
		first[name] = pos
	}
	for _, c := range d.list.Configurations {
		see(c.Name, c.Pos)
	}
	for _, m := range d.list.Mutants {
		see(m.Name, m.Pos)
	}
	for _, w := range d.list.Witnesses {
		see(w.Name, w.Pos)
	}
}

func (d *decoder) validConfiguration(c Configuration) {
	if c.Name == "" { // what is missing has been said
		return
	}
	if c.Set != Short && c.Set != Long && c.Set != "" {
		d.fault(c.Pos, "configuration %s: set is %s, and must be %s or %s", c.Name, c.Set, Short, Long)
	}
	if len(c.Invariants)+len(c.Properties) == 0 && !c.Deadlock {
		d.fault(c.Pos, "configuration %s checks nothing", c.Name)
	}
	if c.Liveness && c.Symmetry != "" {
		d.fault(c.Pos, "configuration %s: symmetry is unsound for temporal properties", c.Name)
	}
	for _, property := range c.Properties {
		if slices.Contains(c.Invariants, property) {
			d.fault(c.Pos, "configuration %s: %s is both an invariant and a property", c.Name, property)
		}
	}
}

func (d *decoder) validMutant(m Mutant) {
	of, ok := d.list.Configuration(m.Of)
	if !ok {
		if m.Of != "" {
			d.fault(m.Pos, "mutant %s: there is no configuration %s", m.Name, m.Of)
		}
		return
	}
	known := slices.Concat(of.Invariants, of.Properties)
	if of.Deadlock {
		known = append(known, deadlock)
	}
	for _, property := range m.CaughtBy {
		if !slices.Contains(known, property) {
			d.fault(m.Pos, "mutant %s: caught_by %s is no property of configuration %s", m.Name, property, m.Of)
		}
	}
	if len(m.Replace)+len(m.Constants) == 0 && m.Module == "" {
		d.fault(m.Pos, "mutant %s changes nothing", m.Name)
	}
}
