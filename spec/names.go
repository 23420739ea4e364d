package spec

import (
	"regexp"
	"slices"
)

// index finds things by name. Of two with one name it knows the first; the second is a fault.
type index struct {
	names    map[string][]string // per noun, in the order of the file
	states   map[string]int
	events   map[string]int
	effects  map[string]int
	pendings map[string]int
	raisedBy map[string]int   // event -> pending
	atOnceBy map[string][]int // event -> effects
	handled  map[pair]handler
	rowsOf   map[string][]int // state -> transitions
}

type pair struct{ state, event string }

// handler is what the table says about a pair: a transition, or else an ignore.
type handler struct {
	row    int // -1 for an ignore
	ignore int // -1 for a transition
	pos    Pos
}

// validate asks the four questions of the package comment.
func (c *checker) validate() {
	c.define()
	c.resolve()
	c.handle()
	c.raise()
	c.vocabulary()
	if c.partial {
		return
	}
	c.unused()
	c.graph()
	c.leadership()
	c.flow()
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// define checks the names that the table introduces, and indexes them.
func (c *checker) define() {
	t, x := c.table, &c.index
	x.names = map[string][]string{
		"source": {string(FromCommand), string(FromStore), string(FromTimer), string(FromWakeUp), string(FromWorkload)},
		"kind":   {string(KindCall), string(KindTimer), string(KindWorkload), string(KindWatch), string(KindMark)},
	}
	c.wellFormed("machine", t.Machine, c.sections["machine"])
	x.states = defineAll(c, "state", t.States, func(s State) (string, Pos) { return s.Name, s.Pos })
	x.events = defineAll(c, "event", t.Events, func(e Event) (string, Pos) { return e.Name, e.Pos })
	x.effects = defineAll(c, "effect", t.Effects, func(e Effect) (string, Pos) { return e.Name, e.Pos })
	x.pendings = defineAll(c, "pending", t.Pending, func(p Pending) (string, Pos) { return p.Name, p.Pos })
}

func (c *checker) wellFormed(noun, name string, pos Pos) {
	if name != "" && !namePattern.MatchString(name) {
		c.fault(pos, "%s %q: a name is lower-case letters, digits and underscores, and begins with a letter", noun, name)
	}
}

func defineAll[T any](c *checker, noun string, all []T, key func(T) (string, Pos)) map[string]int {
	byName := map[string]int{}
	for i, one := range all {
		name, pos := key(one)
		if name == "" {
			continue // reported when it was read
		}
		c.wellFormed(noun, name, pos)
		if first, ok := byName[name]; ok {
			_, at := key(all[first])
			c.fault(pos, "%s %s is defined twice, here and at %s", noun, name, at)
			continue
		}
		byName[name] = i
		c.index.names[noun] = append(c.index.names[noun], name)
	}
	return byName
}

// resolve looks every used name up. One with a near neighbour is read as that from here on.
func (c *checker) resolve() {
	known := map[string]map[string]bool{}
	for noun, names := range c.index.names {
		known[noun] = map[string]bool{}
		for _, name := range names {
			known[noun][name] = true
		}
	}
	for _, ref := range c.refs {
		if known[ref.noun][*ref.name] {
			continue
		}
		meant := nearest(*ref.name, c.index.names[ref.noun])
		c.hint(ref.pos, didYouMean(meant), "%s names the unknown %s %q", ref.by, ref.noun, *ref.name)
		if meant == "" {
			c.partial = true
			continue
		}
		*ref.name = meant
	}
}

// handle indexes what the table says about each pair of a state and an event, which must be said once.
func (c *checker) handle() {
	c.index.handled = map[pair]handler{}
	c.index.rowsOf = map[string][]int{}
	for i, row := range c.table.Transitions {
		if c.claim(pair{row.From, row.On}, handler{row: i, ignore: -1, pos: row.Pos}) {
			c.index.rowsOf[row.From] = append(c.index.rowsOf[row.From], i)
		}
	}
	for i, ignore := range c.table.Ignores {
		for j, state := range ignore.In {
			c.claim(pair{state, ignore.On}, handler{row: -1, ignore: i, pos: c.inAt[i][j]})
		}
	}
}

func (c *checker) claim(p pair, h handler) bool {
	if p.state == "" || p.event == "" {
		return false // reported when it was read
	}
	if first, ok := c.index.handled[p]; ok {
		c.fault(h.pos, "(%s, %s) is handled twice, here and at %s", p.state, p.event, first.pos)
		return false
	}
	c.index.handled[p] = h
	return true
}

// raise checks who raises which event: each that is not a command is raised by one pending, or by effects at once.
func (c *checker) raise() {
	t, x := c.table, &c.index
	x.raisedBy, x.atOnceBy = map[string]int{}, map[string][]int{}
	for i, p := range t.Pending {
		c.raises(i, p)
	}
	for i, effect := range t.Effects {
		for _, event := range effect.AtOnce {
			x.atOnceBy[event] = append(x.atOnceBy[event], i)
			if e, ok := t.Event(event); ok && e.From == FromCommand {
				c.fault(effect.Pos, "effect %s raises the command %s, which only a caller can give", effect.Name, event)
			}
		}
	}
	if c.partial {
		return
	}
	for _, event := range t.Events {
		_, raised := x.raisedBy[event.Name]
		if event.From != FromCommand && !raised && x.atOnceBy[event.Name] == nil {
			c.fault(event.Pos, "event %s comes from the %s, but no pending and no effect raises it", event.Name, event.From)
		}
	}
}

// sourceOf says where the events of a pending come from; the kind decides how the pending ends, so both must agree.
var sourceOf = map[PendingKind]Source{
	KindCall: FromStore, KindTimer: FromTimer, KindWorkload: FromWorkload, KindWatch: FromWakeUp,
}

// raises checks the events of one pending, the table's i-th.
func (c *checker) raises(i int, p Pending) {
	if p.Kind != KindMark && len(p.Raises) == 0 && !c.partial {
		c.fault(p.Pos, "pending %s raises nothing, which only a mark may", p.Name)
	}
	for j, event := range p.Raises {
		pos := c.raisesAt[i][j]
		first, twice := c.index.raisedBy[event]
		e, known := c.table.Event(event)
		source, raising := sourceOf[p.Kind]
		switch {
		case twice:
			c.fault(pos, "event %s is raised by the pendings %s and %s", event, c.table.Pending[first].Name, p.Name)
			continue
		case p.Kind == KindMark:
			c.fault(pos, "pending %s is a mark, which raises nothing, and raises %s", p.Name, event)
		case known && e.From == FromCommand:
			c.fault(pos, "pending %s raises the command %s, which only a caller can give", p.Name, event)
		case known && raising && e.From != source:
			c.fault(pos, "pending %s is a %s and raises %s, which comes from the %s", p.Name, p.Kind, event, e.From)
		}
		c.index.raisedBy[event] = i
	}
}

// unused reports what the table defines and no row needs.
func (c *checker) unused() {
	t := c.table
	done, on, started := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, row := range t.Transitions {
		on[row.On] = true
		for _, effect := range row.Do {
			done[effect] = true
		}
	}
	for _, ignore := range t.Ignores {
		on[ignore.On] = true
	}
	for _, effect := range t.Effects {
		if !done[effect.Name] {
			c.fault(effect.Pos, "effect %s is unused: no row does it", effect.Name)
		}
		for _, p := range effect.Starts {
			started[p] = true
		}
	}
	for _, event := range t.Events {
		if !on[event.Name] {
			c.fault(event.Pos, "event %s is unused: no row and no ignore is on it", event.Name)
		}
	}
	for _, p := range t.Pending {
		ended := slices.ContainsFunc(t.Effects, func(e Effect) bool { return slices.Contains(e.Ends, p.Name) })
		if !started[p.Name] && (p.Kind != KindMark || !ended) {
			c.fault(p.Pos, "pending %s is unused: no effect starts it", p.Name)
		}
	}
}
