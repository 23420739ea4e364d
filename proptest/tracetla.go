package proptest

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// TraceConfig returns the configuration under which TLC holds traces against the model, with the timings of the runs that
// are recorded. Deadlocks says whether a line that the model cannot take ends the run.
func TraceConfig(deadlocks bool) string {
	return config("TraceSpec", "<- Lives", [...]int{LeaseTicks, MarginTicks, GraceTicks, DriftTicks}, deadlocks)
}

// The timings of the walks through the model, in ticks.
const (
	WalkLease = 8
	WalkGrace = 1
)

// WalkConfig returns the configuration under which TLC walks through the model for the code to follow. Clocks do not drift:
// which drift a walk has chosen would show only at its end.
func WalkConfig() string {
	return config("WalkSpec", `= {"p1", "p2"}`, [...]int{WalkLease, MarginTicks, WalkGrace, 0}, false)
}

func config(specification, participants string, ticks [4]int, deadlocks bool) string {
	return fmt.Sprintf(`SPECIFICATION %s
CONSTANTS
    P %s
    Lease = %d
    Margin = %d
    Grace = %d
    Drift = %d
    MaxLoose = 1000
    MaxFence = 1000
    MaxWrites = 0
    MaxFailovers = 0
    Waits = FALSE
    Epoch = FALSE
    Claims = FALSE
    Commands = {"start", "try", "campaign", "withdraw", "renew", "resign", "stop", "close"}
    Hints = {"vacated", "informed"}
    Looks = TRUE
    Rejects = TRUE
    Revokes = TRUE
    CalmsDown = FALSE
INVARIANTS
    NothingForbidden
    OneLeads
    LeaderHolds
    OneWorks
    WorkIsTold
    GainsAndLosses
CHECK_DEADLOCK %s
`, specification, participants, ticks[0], ticks[1], ticks[2], ticks[3], truth(deadlocks))
}

// WriteTraces writes the module TraceData, which tla/Trace.tla reads.
func WriteTraces(w io.Writer, traces []*Trace) error {
	b := &strings.Builder{}
	b.WriteString("------------------------------ MODULE TraceData ------------------------------\n")
	b.WriteString("\\* Runs of the simulation in proptest/, written by it.\nEXTENDS Sequences\n\n")
	names := make([]string, maxLives)
	for i := range names {
		names[i] = quoted("p" + string(rune('1'+i)))
	}
	fmt.Fprintf(b, "Lives == {%s}\n", strings.Join(names, ", "))
	refs := make([]string, len(traces))
	for i, t := range traces {
		refs[i] = fmt.Sprintf("T%d", i+1)
		fmt.Fprintf(b, "\n\\* Seed %d. %s\n%s == <<\n", t.Seed, t.Corruption, refs[i])
		for j := range t.Lines {
			end := ",\n"
			if j == len(t.Lines)-1 {
				end = "\n"
			}
			b.WriteString(t.Lines[j].String() + end)
		}
		b.WriteString(">>\n")
	}
	fmt.Fprintf(b, "\nTraces == <<%s>>\n=============================================================================\n", strings.Join(refs, ", "))
	_, err := io.WriteString(w, b.String())
	return err
}

// String is the lines of the trace, as TLA+ has them.
func (t *Trace) String() string {
	var b strings.Builder
	for i := range t.Lines {
		b.WriteString(t.Lines[i].String() + "\n")
	}
	return b.String()
}

// String is the line as TLA+ has it.
func (l *TraceLine) String() string {
	fields := []string{"e |-> " + quoted(string(l.Step))}
	add := func(name, text string) {
		if text != "" {
			fields = append(fields, name+" |-> "+quoted(text))
		}
	}
	add("p", l.Who)
	add("c", l.What)
	add("to", l.To)
	if r := l.Late; r != nil {
		fields = append(fields, fmt.Sprintf("op |-> %s, newest |-> %s, fence |-> %d", quoted(r.Op), truth(r.Newest), r.Fence))
	}
	if l.Left > 0 {
		fields = append(fields, fmt.Sprintf("left |-> %d", l.Left))
	}
	if c := l.Core; c != nil {
		armed := make([]string, len(c.Armed))
		for i, name := range c.Armed {
			armed[i] = quoted(name)
		}
		fields = append(fields, fmt.Sprintf("n |-> [left |-> %d, fence |-> %d, op |-> %s, armed |-> {%s}, work |-> %s, news |-> %s]",
			c.Left, c.Fence, quoted(c.Op), strings.Join(armed, ", "), quoted(c.Work), quoted(c.News)))
	}
	if s := l.Store; s != nil {
		owner := s.Owner
		if owner == "" {
			owner = workNone
		}
		fields = append(fields, fmt.Sprintf("s |-> [owner |-> %s, newest |-> %s, fence |-> %d, left |-> %d, revoked |-> %s]",
			quoted(owner), truth(s.Newest), s.Fence, s.Left, truth(s.Revoked)))
	}
	return "[" + strings.Join(fields, ", ") + "]"
}

func quoted(s string) string { return `"` + s + `"` }
func truth(b bool) string    { return strings.ToUpper(strconv.FormatBool(b)) }
