package demo

import (
	"fmt"
	"time"
)

// summarise prints the chart, the terms with the gaps between them, and the verdict.
func summarise(p *printer, asJSON bool, ev *evidence, r *Report, cut error) {
	if asJSON {
		summariseJSON(p, r, cut)
		return
	}
	chart(p, ev, r)
	tables(p, r)
	verdict(p, r, cut)
}

func tables(p *printer, r *Report) {
	p.printf("\n%5s  %-4s  %-16s  %9s  %9s  %6s  %s\n", "term", "who", "fence", "from", "to", "looks", "ended by")
	for _, t := range r.tenures {
		p.printf("%5s  %-4s  %-16d  %9s  %9s  %6d  %s\n",
			fmt.Sprintf("#%d", t.Number), t.Participant, t.Fence, ms(t.From), ms(t.To), t.Looks, t.Ended)
	}
	p.printf("\n%-9s  %9s  %9s  %s\n", "gap", "measured", "bound", "after")
	for _, g := range r.gaps {
		p.printf("%-9s  %9s  %9s  %s%s\n", g.name(), ms(g.Length), ms(g.Bound), g.After.Ended, g.remark())
	}
	for _, text := range r.ineffective {
		p.printf("\nnote: %s\n", text)
	}
}

func (g gap) name() string {
	if g.Before == nil {
		return fmt.Sprintf("#%d - none", g.After.Number)
	}
	return fmt.Sprintf("#%d - #%d", g.After.Number, g.Before.Number)
}

// remark says that the measured time is above the bound, which is not a broken promise yet.
func (g gap) remark() string {
	if g.Length <= g.Bound {
		return ""
	}
	return " (above the bound: this machine was late, or the bound is wrong)"
}

func (r *Report) longest() (longest gap) {
	for _, g := range r.gaps {
		if g.Length >= longest.Length {
			longest = g
		}
	}
	return longest
}

func verdict(p *printer, r *Report, cut error) {
	p.printf("\n")
	for _, v := range r.shown() {
		p.printf("%s %s: %s\n", p.paint(red, "broken:"), v.Rule, v.Text)
	}
	switch {
	case r.Broken():
		p.printf("%s %d broken promises, judged from %d looks\n", p.paint(red, "BROKEN:"), len(r.violations), r.looks)
	case cut != nil:
		p.printf("NO VERDICT: %v; what was recorded until then breaks no promise\n", cut)
	default:
		longest := r.longest()
		p.printf("%s at most one led at every instant, and every gap was filled\n", p.paint(green, "HELD:"))
		p.printf("  %d terms, judged from %d looks; their fences grow\n", len(r.tenures), r.looks)
		p.printf("  the longest gap took %s, its bound is %s\n", ms(longest.Length), ms(longest.Bound))
		p.printf("  %d writes, %d of them late and refused; none was accepted out of order\n", r.accepted+r.refused, r.refused)
	}
}

type termObject struct {
	Type        string  `json:"type"`
	Term        int     `json:"term"`
	Participant string  `json:"participant"`
	Incarnation string  `json:"incarnation"`
	Fence       uint64  `json:"fence"`
	From        float64 `json:"from_ms"`
	To          float64 `json:"to_ms"`
	Looks       int     `json:"looks"`
	Ended       string  `json:"ended_by"`
}

type gapObject struct {
	Type     string  `json:"type"`
	After    int     `json:"after"`
	Before   int     `json:"before,omitempty"`
	Measured float64 `json:"measured_ms"`
	Bound    float64 `json:"bound_ms"`
	Cause    string  `json:"cause"`
}

type verdictObject struct {
	Type string `json:"type"`
	// Verdict is held, broken or none.
	Verdict     string            `json:"verdict"`
	Broken      []violationObject `json:"broken"`
	Notes       []string          `json:"notes"`
	Interrupted string            `json:"interrupted,omitempty"`
	Terms       int               `json:"terms"`
	Looks       int               `json:"looks"`
	Accepted    int               `json:"writes_accepted"`
	Refused     int               `json:"writes_refused"`
}

type violationObject struct {
	Promise rule   `json:"promise"`
	Text    string `json:"text"`
}

func summariseJSON(p *printer, r *Report, cut error) {
	for _, t := range r.tenures {
		p.object(termObject{
			"term", t.Number, t.Participant, t.Incarnation, t.Fence, millis(t.From), millis(t.To), t.Looks, t.Ended,
		})
	}
	for _, g := range r.gaps {
		o := gapObject{"gap", g.After.Number, 0, millis(g.Length), millis(g.Bound), g.After.Ended}
		if g.Before != nil {
			o.Before = g.Before.Number
		}
		p.object(o)
	}
	v := verdictObject{
		Type: "verdict", Verdict: "held", Broken: []violationObject{}, Notes: append([]string{}, r.ineffective...),
		Terms: len(r.tenures), Looks: r.looks, Accepted: r.accepted, Refused: r.refused,
	}
	for _, broken := range r.shown() {
		v.Broken = append(v.Broken, violationObject{broken.Rule, broken.Text})
	}
	if cut != nil {
		v.Verdict, v.Interrupted = "none", cut.Error()
	}
	if r.Broken() {
		v.Verdict = "broken"
	}
	p.object(v)
}

// estimate is how long a run with these settings takes: each round waits five times for a leader to settle, four times
// for most of a lease to run out, and then a little.
func estimate(opts Options) time.Duration {
	return (time.Duration(opts.Rounds) * opts.Lease * 63 / 10).Round(100 * time.Millisecond)
}
