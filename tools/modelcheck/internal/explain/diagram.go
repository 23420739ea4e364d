package explain

import (
	"fmt"
	"strings"
)

// diagram is a Mermaid sequence diagram in the making: each participant, the network and the store have a lane.
type diagram struct {
	lanes []string
	lines []string
}

const (
	network = "Network"
	lease   = "Store"
)

func newDiagram(c Case) *diagram {
	d := &diagram{}
	if len(c.Result.Trace) > 0 {
		for _, p := range newScene(c.Result.Trace[0]).cores {
			d.lanes = append(d.lanes, p.name)
		}
	}
	return d
}

// add draws one line. What would end a statement is taken out of the text.
func (d *diagram) add(format string, args ...any) {
	d.lines = append(d.lines, strings.NewReplacer(";", ",", "#", "", "\n", " ").Replace(fmt.Sprintf(format, args...)))
}

// across draws a note over all lanes.
func (d *diagram) across(text string) {
	first := lease
	if len(d.lanes) > 0 {
		first = d.lanes[0]
	}
	d.add("Note over %s,%s: %s", first, lease, text)
}

// step draws one step: first what arrives, then what it changes, then what is sent.
func (d *diagram) step(s step) {
	was, is := s.before.core(s.actor), s.after.core(s.actor)
	switch action(s.after.action) {
	case "Execute":
		d.add("%s->>%s: %s of %s", network, lease, is.awaited.op, s.actor)
		d.add("%s--)%s: %s", lease, network, is.awaited.answer)
	case "ExecuteCopy":
		d.add("%s->>%s: a copy", network, lease)
	case "ExecuteLoose":
		late, _ := s.stray()
		d.add("%s->>%s: late: %s", network, lease, late.words())
	case "Reply":
		d.add("%s-->>%s: %s", network, s.actor, was.awaited.answer)
	case "TimeOut":
		d.add("%s--x%s: no answer in time", network, s.actor)
	case "Tick":
		d.across("tick")
	default:
		if len(s.rows) == 0 {
			d.across(strings.TrimSuffix(s.head, "."))
		}
	}
	for _, row := range s.rows {
		switch row.outcome {
		case moved:
			d.add("Note over %s: %s, %s → %s", s.actor, row.event.Name, row.row.From, row.row.To)
		case ignored:
			d.add("Note over %s: %s, ignored", s.actor, row.event.Name)
		case strange:
			d.add("Note over %s: %s, %s → %s (NOT IN THE TABLE)", s.actor, row.event.Name, was.state, is.state)
		case forbidden:
			d.add("Note over %s: %s, FORBIDDEN", s.actor, row.event.Name)
		}
	}
	if s.actor != "" && is.left > was.left {
		d.add("Note over %s: leads for %s under fence %d", s.actor, ticks(is.left), is.fence)
	}
	if sent := is.awaited; s.actor != "" && sent.op != "" && sent.answer == "" && (was.awaited.op != sent.op || was.awaited.answer != "") {
		d.add("%s-)%s: %s", s.actor, network, sent.op)
	}
	for _, change := range storeChanges(s.before.store, s.after.store, action(s.after.action) == "Tick") {
		d.add("Note over %s: %s", lease, strings.TrimSuffix(change, "."))
	}
}

// text returns the whole diagram.
func (d *diagram) text(c Case, end string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%%%% %s: %s\nsequenceDiagram\n", c.Configuration, c.Property)
	for _, lane := range append(d.lanes, network, lease) {
		fmt.Fprintf(&b, "    participant %s\n", lane)
	}
	last, _, _ := strings.Cut(end, ":")
	d.across(strings.ReplaceAll(strings.TrimSpace(last), "\n", " ") + ": " + c.Property)
	for _, line := range d.lines {
		b.WriteString("    " + line + "\n")
	}
	return b.String()
}
