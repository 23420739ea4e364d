package spec

import (
	"slices"
	"strings"
)

// The names that the rules of safety need. The rules are about what these do, so a table without them cannot be judged.
var (
	enters = []string{"adopt_grant", "announce_gained"}
	leaves = []string{"drop_grant", "cancel_workload", "announce_lost"}
	needed = map[string][]string{
		"effect": slices.Concat(enters, leaves, []string{
			"extend_grant", "arm_drain", "await_workload", "finish_workload", "call_acquire", "call_release",
		}),
		"event":   {"granted", "lost", "deadline", "resign", "stop"},
		"pending": {"workload", "spent"},
	}
	article   = map[string]string{"effect": "an effect", "event": "an event", "pending": "a pending"}
	sectionOf = map[string]string{"effect": "effects", "event": "events", "pending": "pending"}
)

// meaning is what these effects must start: a rule of safety that looks for it would otherwise never find anything.
var meaning = map[string][]string{
	"adopt_grant":  {"workload", "spent"},
	"call_release": {"spent"},
}

// vocabulary checks that the rules have what they speak of.
func (c *checker) vocabulary() {
	for _, noun := range []string{"effect", "event", "pending"} {
		for _, name := range needed[noun] {
			if !slices.Contains(c.index.names[noun], name) {
				c.fault(c.sections[sectionOf[noun]], "the rules of safety need %s named %s", article[noun], name)
				c.partial = true
			}
		}
	}
}

// leadership checks the rows around the leading states, and what may stand together in any row.
func (c *checker) leadership() {
	c.meanings()
	for i, row := range c.table.Transitions {
		from, _ := c.table.State(row.From)
		to, _ := c.table.State(row.To)
		c.placement(i, from.Leading, to.Leading)
		switch {
		case !from.Leading && to.Leading:
			c.entering(row)
		case from.Leading && !to.Leading:
			c.leaving(row)
		}
		c.draining(row)
		c.together(i)
	}
	for _, s := range c.table.States {
		if s.Leading {
			c.leadingState(s)
		}
	}
}

func (c *checker) meanings() {
	for _, effect := range c.table.Effects {
		for _, p := range meaning[effect.Name] {
			if !slices.Contains(effect.Starts, p) {
				c.fault(effect.Pos, "effect %s must start %s, which the rules of safety follow", effect.Name, p)
			}
		}
		for _, p := range effect.Ends {
			if c.table.Pending[c.index.pendings[p]].Kind == KindWorkload {
				c.fault(effect.Pos, "effect %s ends %s, which ends only by itself", effect.Name, p)
			}
		}
	}
}

// placement reports effects on the grant that stand where no leadership begins, goes on or ends.
func (c *checker) placement(i int, from, to bool) {
	row := c.table.Transitions[i]
	for j, effect := range row.Do {
		var belongs string
		switch {
		case slices.Contains(enters, effect) && (from || !to):
			belongs = "enter a leading state"
		case slices.Contains(leaves, effect) && (!from || to):
			belongs = "leave a leading state"
		case effect == "extend_grant" && !(from && to):
			belongs = "go from leading to leading"
		default:
			continue
		}
		c.fault(c.doAt[i][j], "%s does %s, which belongs only in rows that %s", rowLabel(row.From, row.On), effect, belongs)
	}
}

// entering checks a row that begins a tenure.
func (c *checker) entering(row Transition) {
	if row.On != "granted" {
		c.fault(row.Pos, "%s enters the leading state %s, which only granted may", rowLabel(row.From, row.On), row.To)
	}
	c.inOrder(row, "enters the leading state "+row.To, enters)
}

// leaving checks a row that ends a tenure: nobody believes any more, the workload is told, then the world.
func (c *checker) leaving(row Transition) {
	leaving := "leaves the leading state " + row.From
	c.inOrder(row, leaving, leaves)
	event, _ := c.table.Event(row.On)
	wait, since := "await_workload", "by an event that is no command"
	if event.From == FromCommand {
		wait, since = "finish_workload", "by a command"
	}
	if !slices.Contains(row.Do, wait) {
		c.fault(row.Pos, "%s %s %s and lacks %s", rowLabel(row.From, row.On), leaving, since, wait)
	}
}

// inOrder checks that the row does all of the effects, in this order.
func (c *checker) inOrder(row Transition, what string, effects []string) {
	at := -1
	ordered := true
	for _, effect := range effects {
		i := slices.Index(row.Do, effect)
		if i < 0 {
			c.fault(row.Pos, "%s %s and lacks %s", rowLabel(row.From, row.On), what, effect)
			continue
		}
		ordered = ordered && i > at
		at = i
	}
	if !ordered {
		c.fault(row.Pos, "%s %s and must do %s in this order", rowLabel(row.From, row.On), what, strings.Join(effects, ", "))
	}
}

// draining checks the wait for the workload in any row: one wait, and its limit armed before it.
func (c *checker) draining(row Transition) {
	await, finish := slices.Index(row.Do, "await_workload"), slices.Index(row.Do, "finish_workload")
	label := rowLabel(row.From, row.On)
	if await >= 0 && finish >= 0 {
		c.fault(row.Pos, "%s does both await_workload and finish_workload, and may do one of them", label)
	}
	wait := max(await, finish)
	if wait < 0 {
		return
	}
	if arm := slices.Index(row.Do, "arm_drain"); arm < 0 || arm > wait {
		c.fault(row.Pos, "%s waits for the workload and must arm_drain before %s", label, row.Do[wait])
	}
}

// together checks what may not stand together in a row: an effect with itself, and two calls.
func (c *checker) together(i int) {
	row := c.table.Transitions[i]
	call := ""
	for j, name := range row.Do {
		if slices.Index(row.Do, name) < j {
			c.fault(c.doAt[i][j], "%s does %s twice", rowLabel(row.From, row.On), name)
			continue
		}
		effect := c.table.Effects[c.index.effects[name]]
		if !slices.ContainsFunc(effect.Starts, c.isCall) {
			continue
		}
		if call != "" {
			c.fault(c.doAt[i][j], "%s starts two calls, %s and %s, and one call is awaited at a time",
				rowLabel(row.From, row.On), call, name)
		}
		call = name
	}
}

func (c *checker) isCall(pending string) bool {
	return c.table.Pending[c.index.pendings[pending]].Kind == KindCall
}

// leadingState checks that leadership can always be ended: by the store, by time, and by the caller.
func (c *checker) leadingState(s State) {
	if s.Name == c.table.Initial {
		c.fault(s.Pos, "state %s is leading and initial, and a tenure begins only with a grant", s.Name)
	}
	for _, event := range []string{"lost", "deadline", "resign", "stop"} {
		h, ok := c.index.handled[pair{s.Name, event}]
		switch {
		case ok && h.row < 0 && (event == "lost" || event == "deadline"):
			c.fault(h.pos, "leading state %s ignores %s, which must end the leadership", s.Name, event)
		case !ok || h.row < 0:
			c.fault(s.Pos, "leading state %s lacks a row for %s that leaves it", s.Name, event)
		default:
			row := c.table.Transitions[h.row]
			if to, _ := c.table.State(row.To); to.Leading {
				c.fault(row.Pos, "%s must leave leading, and leads to the leading state %s", rowLabel(row.From, row.On), row.To)
			}
		}
	}
}
