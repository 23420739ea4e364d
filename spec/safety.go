package spec

import (
	"fmt"
	"slices"
	"strings"
)

// safetyRule forbids to send a call while something may be outstanding.
type safetyRule struct{ effect, pending, why string }

var safetyRules = []safetyRule{
	{"call_acquire", "workload", "no acquire is sent while this participant's last workload runs (rule 6)"},
	{"call_acquire", "spent", "an attempt that won or was given back is never sent again (rule 4)"},
	{"call_release", "workload", "every release waits for the workload (rule 6)"},
}

// safe judges the j-th effect of the row that a step takes, before it is done.
func (f *flow) safe(s *step, j int) {
	row := f.table.Transitions[s.row]
	for _, rule := range safetyRules {
		p := f.index.pendings[rule.pending]
		if row.Do[j] != rule.effect || !s.out.has(p) {
			continue
		}
		way := rule.pending + " is started by the row itself"
		if !s.started.has(p) {
			way = f.way(s.prev, p)
		}
		f.example(f.doAt[s.row][j], fmt.Sprintf("%s does %s while %s may be outstanding, but %s",
			rowLabel(row.From, row.On), rule.effect, rule.pending, rule.why), way)
	}
}

// forbidden reports that an event of pending p can come after a step, where nothing handles it.
func (f *flow) forbidden(s *step, p int, at pair) {
	pos := f.sections["initial"]
	if s.row >= 0 {
		pos = f.table.Transitions[s.row].Pos
	}
	f.example(pos, fmt.Sprintf("%s can come in state %s, where it is forbidden", at.event, at.state), f.way(s, p))
}

// way tells how pending p comes to be outstanding after a step: which row started it, and what did not end it since.
func (f *flow) way(s *step, p int) string {
	name := f.table.Pending[p].Name
	var since []string
	for ; s.row >= 0 && !s.started.has(p); s = s.prev {
		row := f.table.Transitions[s.row]
		since = append(since, fmt.Sprintf("(%s, %s)", row.From, row.On))
	}
	way := name + " is set from the beginning"
	if s.row >= 0 {
		row := f.table.Transitions[s.row]
		way = fmt.Sprintf("%s is started by %s", name, rowLabel(row.From, row.On))
	}
	if len(since) == 0 {
		return way
	}
	slices.Reverse(since)
	return way + ", and still outstanding after " + strings.Join(since, ", ")
}
