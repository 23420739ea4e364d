package spec

// graph checks the shape of the lifecycle: every state can be reached and, but for the final ones, left for good.
func (c *checker) graph() {
	t := c.table
	var leading, final []string
	for _, s := range t.States {
		if s.Leading {
			leading = append(leading, s.Name)
		}
		if s.Final {
			final = append(final, s.Name)
		}
	}
	if len(leading) == 0 {
		c.fault(c.sections["states"], "no state is leading")
	}
	if len(final) == 0 {
		c.fault(c.sections["states"], "no state is final")
	}
	ahead, back := map[string][]string{}, map[string][]string{}
	for _, row := range t.Transitions {
		ahead[row.From] = append(ahead[row.From], row.To)
		back[row.To] = append(back[row.To], row.From)
	}
	reached, ending := reach([]string{t.Initial}, ahead), reach(final, back)
	for _, s := range t.States {
		if !reached[s.Name] {
			c.fault(s.Pos, "state %s cannot be reached from %s", s.Name, t.Initial)
		}
		if !ending[s.Name] && len(final) > 0 {
			c.fault(s.Pos, "state %s is a dead end: no final state can be reached from it", s.Name)
		}
	}
	c.finals()
	c.everywhere()
}

// reach returns what can be reached from the starts along the edges, the starts included.
func reach(starts []string, edges map[string][]string) map[string]bool {
	seen := map[string]bool{}
	for queue := starts; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		queue = append(queue, edges[queue[0]]...)
	}
	return seen
}

func (c *checker) finals() {
	for _, row := range c.table.Transitions {
		if s, _ := c.table.State(row.From); s.Final {
			c.fault(row.Pos, "%s leads out of the final state %s", rowLabel(row.From, row.On), s.Name)
		}
	}
}

// everywhere checks that the events which may come in any state are handled in every one.
func (c *checker) everywhere() {
	for _, e := range c.table.Events {
		if !e.Everywhere {
			continue
		}
		for _, s := range c.table.States {
			if _, ok := c.index.handled[pair{s.Name, e.Name}]; !ok {
				c.fault(s.Pos, "state %s neither handles nor ignores %s, which must be handled everywhere", s.Name, e.Name)
			}
		}
	}
}
