package spec

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// checker holds a table while it is read and judged.
type checker struct {
	reader
	table *Table
	// Where the names inside rows, ignores and pendings stand; the table itself keeps only where each thing begins.
	sections map[string]Pos
	doAt     [][]Pos // per transition, its effects
	inAt     [][]Pos // per ignore, its states
	raisesAt [][]Pos // per pending, its events
	refs     []reference
	index    index
}

// reference is a use of a name. The name is held by pointer so that a misspelt one can be read as what was meant.
type reference struct {
	noun string // state, event, effect, pending, source or kind
	name *string
	pos  Pos
	by   string // what uses it
}

// use reads a name that is defined elsewhere into at, and notes its use. Nothing is noted for what could not be read.
func (c *checker) use(m mapping, noun, key string, at *string) {
	name, pos := m.word(key)
	*at = name
	if name != "" {
		c.refs = append(c.refs, reference{noun, at, pos, m.label})
	}
}

// useAll reads a list of such names.
func (c *checker) useAll(m mapping, noun, key string) ([]string, []Pos) {
	names, places := m.words(key)
	for i := range names {
		c.refs = append(c.refs, reference{noun, &names[i], places[i], m.label})
	}
	return names, places
}

// rowLabel is what the faults call a transition.
func rowLabel(from, on string) string { return fmt.Sprintf("row (%s, %s)", from, on) }

var sections = []string{
	"machine", "doc", "initial", "states", "pending", "effects", "events", "transitions", "ignore", "timing",
}

// decode fills the table from the document and notes every use of a name.
func (c *checker) decode(root ast.Node) {
	t := c.table
	m := c.mapping(root, "the table", sections, nil)
	c.sections = map[string]Pos{}
	for _, section := range sections {
		c.sections[section] = m.pos
		if n, ok := m.values[section]; ok {
			c.sections[section] = position(n)
		}
	}
	t.Machine, _ = m.word("machine")
	t.Doc = m.prose("doc")
	c.use(m, "state", "initial", &t.Initial)
	t.States = each(m.items("states"), c.state)
	t.Events = each(m.items("events"), c.event)
	t.Effects = each(m.items("effects"), c.effect)
	t.Pending = each(m.items("pending"), c.pending)
	t.Transitions = each(m.items("transitions"), c.transition)
	t.Ignores = each(m.items("ignore"), c.ignore)
	if n, ok := m.values["timing"]; ok {
		t.Timing = c.timing(n)
	}
}

// each decodes every node into its place in the slice, so that pointers into it stay good.
func each[T any](nodes []ast.Node, decode func(ast.Node, *T)) []T {
	all := make([]T, len(nodes))
	for i, n := range nodes {
		decode(n, &all[i])
	}
	return all
}

func (c *checker) state(n ast.Node, s *State) {
	m := c.mapping(n, "state", []string{"name", "doc"}, []string{"leading", "final"})
	s.Name, _ = m.word("name")
	s.Doc, s.Leading, s.Final, s.Pos = m.prose("doc"), m.flag("leading"), m.flag("final"), m.pos
}

func (c *checker) event(n ast.Node, e *Event) {
	m := c.mapping(n, "event", []string{"name", "from", "doc"}, []string{"everywhere"})
	e.Name, _ = m.word("name")
	e.Doc, e.Everywhere, e.Pos = m.prose("doc"), m.flag("everywhere"), m.pos
	c.use(m, "source", "from", (*string)(&e.From))
}

func (c *checker) effect(n ast.Node, e *Effect) {
	m := c.mapping(n, "effect", []string{"name", "doc"}, []string{"starts", "ends", "at_once"})
	e.Name, _ = m.word("name")
	e.Doc, e.Pos = m.prose("doc"), m.pos
	e.Starts, _ = c.useAll(m, "pending", "starts")
	e.Ends, _ = c.useAll(m, "pending", "ends")
	e.AtOnce, _ = c.useAll(m, "event", "at_once")
}

func (c *checker) pending(n ast.Node, p *Pending) {
	m := c.mapping(n, "pending", []string{"name", "kind", "doc"}, []string{"raises"})
	p.Name, _ = m.word("name")
	p.Doc, p.Pos = m.prose("doc"), m.pos
	c.use(m, "kind", "kind", (*string)(&p.Kind))
	var places []Pos
	p.Raises, places = c.useAll(m, "event", "raises")
	c.raisesAt = append(c.raisesAt, places)
}

func (c *checker) transition(n ast.Node, r *Transition) {
	m := c.mapping(n, "row", []string{"from", "on", "to", "do", "why"}, nil)
	r.Why, r.Pos = m.prose("why"), m.pos
	c.use(m, "state", "from", &r.From)
	c.use(m, "event", "on", &r.On)
	c.use(m, "state", "to", &r.To)
	var places []Pos
	r.Do, places = c.useAll(m, "effect", "do")
	c.doAt = append(c.doAt, places)
}

func (c *checker) ignore(n ast.Node, i *Ignore) {
	m := c.mapping(n, "ignore", []string{"on", "in", "why"}, nil)
	i.Why, i.Pos = m.prose("why"), m.pos
	c.use(m, "event", "on", &i.On)
	var places []Pos
	i.In, places = c.useAll(m, "state", "in")
	c.inAt = append(c.inAt, places)
	if list, ok := m.values["in"].(*ast.SequenceNode); ok && len(list.Values) == 0 {
		c.fault(position(list), "%s: in names no state", m.label)
	}
}

// timing reads the arithmetic. A fault in it hides nothing of the lifecycle, so partial stays as it was.
func (c *checker) timing(n ast.Node) Timing {
	defer func(before bool) { c.partial = before }(c.partial)
	var t Timing
	m := c.mapping(n, "timing", []string{"validity", "margin", "budget"}, nil)
	if n, ok := m.values["validity"]; ok {
		const most = 10
		validity := c.mapping(n, "timing.validity", []string{"margin", "grace", "why"}, nil)
		t.Validity = Validity{validity.count("margin", 1, most), validity.count("grace", 1, most), validity.prose("why")}
	}
	if n, ok := m.values["margin"]; ok {
		margin := c.mapping(n, "timing.margin", []string{"percent", "floor", "why"}, nil)
		t.Margin = Margin{margin.count("percent", 1, 50), margin.duration("floor"), margin.prose("why")}
	}
	if n, ok := m.values["budget"]; ok {
		const most = 1000 // beyond it, the time of one lease would be no time at all
		budget := c.mapping(n, "timing.budget", []string{"renewal", "timeout", "retry", "why"}, nil)
		t.Budget = Budget{
			Renewal: budget.count("renewal", 1, most),
			Timeout: budget.count("timeout", 1, most),
			Retry:   budget.count("retry", 1, most),
			Why:     budget.prose("why"),
		}
	}
	return t
}
