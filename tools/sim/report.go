package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/proptest"
)

// print writes the report. But for the line on speed it is a function of the seeds.
func (c *campaign) print(out io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(c.state)
	}
	var text strings.Builder
	c.state.summary(&text)
	fmt.Fprintf(&text, "speed         %.0f events/s\n", perSecond(c.state.Stats.Events, c.state.Spent))
	c.state.failover(&text)
	c.state.faults(&text)
	c.state.reached(&text)
	c.state.waived(&text)
	c.state.kills(&text)
	c.state.broken(&text)
	_, err := io.WriteString(out, text.String())
	return err
}

func (s *state) summary(out io.Writer) {
	st := &s.Stats
	fmt.Fprintf(out, "code          %s\n", s.Code)
	fmt.Fprintf(out, "seeds         %d, from %d to %d\n", s.Next-s.First, s.First, s.Next-1)
	if s.Planted != "" {
		fmt.Fprintf(out, "planted       %s\n", s.Planted)
	}
	if s.Trouble != "" {
		fmt.Fprintf(out, "trouble       %s\n", s.Trouble)
	}
	fmt.Fprintf(out, "virtual time  %.1f hours\n", st.Virtual.Hours())
	fmt.Fprintf(out, "events        %d: %d timers, %d answers, %d wake-ups; %d of them took no row\n",
		st.Events, st.Inputs[core.InputTick], st.Inputs[core.InputReply], st.Inputs[core.InputNotice], st.Idle)
	fmt.Fprintf(out, "commands      %d, of which %d were forbidden\n", st.Commands, st.Forbidden)
	fmt.Fprintf(out, "handovers     %d\n", st.Handovers)
	fmt.Fprintf(out, "violations    %d\n", s.violations())
}

// failover is how long elections were without a leader, against what the settings of each run promise.
func (s *state) failover(out io.Writer) {
	fmt.Fprintf(out, "\nwithout a leader, as shares of the bound computed from the settings\n")
	line := func(name string, gaps *proptest.Shares, longest float64) {
		fmt.Fprintf(out, "  %-26s %9d runs   p50 %5.1f %%   p99 %5.1f %%   max %5.1f %%\n",
			name, gaps.Count(), 100*gaps.Quantile(0.5), 100*gaps.Quantile(0.99), 100*longest)
	}
	line("after all that went wrong", &s.Stats.WorstGaps, s.Stats.WorstGap)
	line("after the leader resigned", &s.Stats.HandoverGaps, s.Stats.HandoverGap)
	line("after the leader died", &s.Stats.CrashGaps, s.Stats.CrashGap)
}

func (s *state) faults(out io.Writer) {
	fmt.Fprintf(out, "\nfaults that did something\n")
	for kind, n := range s.Stats.Faults {
		fmt.Fprintf(out, "  %-26s %12d\n", proptest.FaultKind(kind), n) //nolint:gosec // few kinds
	}
}

// reached is what of the table was taken.
func (s *state) reached(out io.Writer) {
	fmt.Fprintf(out, "\nreached\n")
	rows, edges, effects := s.rows()
	tableRows, tableEdges := table()
	fmt.Fprintf(out, "  %d of the %d rows that can be taken\n", rows, tableRows)
	fmt.Fprintf(out, "  %d of the %d moves\n", edges, tableEdges)
	fmt.Fprintf(out, "  %d of the %d effects\n", effects, lifecycle.EffectCount)
	for r, n := range s.Stats.Reached {
		if r := proptest.Reach(r); s.Trouble != "" || !r.Beyond() { //nolint:gosec // few
			fmt.Fprintf(out, "  %-26s %12d\n", r, n)
		}
	}
	for _, name := range s.Stats.Unreached() {
		fmt.Fprintf(out, "  NEVER: %s\n", name)
	}
}

func table() (rows, moves int) {
	for state := range lifecycle.State(lifecycle.StateCount) {
		for event := range lifecycle.Event(lifecycle.EventCount) {
			if lifecycle.Lookup(state, event).Verdict == lifecycle.Moves {
				moves++
			}
			if proptest.Reachable(state, event) {
				rows++
			}
		}
	}
	return rows, moves
}

// rows counts the rows that were taken, the moves that were seen, and the effects that were interpreted.
func (s *state) rows() (rows, moves, effects int) {
	var done [lifecycle.EffectCount]bool
	for state := range lifecycle.State(lifecycle.StateCount) {
		for event := range lifecycle.Event(lifecycle.EventCount) {
			row := lifecycle.Lookup(state, event)
			if row.Verdict == lifecycle.Forbidden || s.Stats.Taken[state][event] == 0 {
				continue
			}
			rows++
			for _, effect := range row.Effects {
				done[effect] = true
			}
		}
	}
	for _, d := range done {
		if d {
			effects++
		}
	}
	return rows, len(s.Stats.Edges()), effects
}

// waived is what was broken, as it may be beyond the assumptions.
func (s *state) waived(out io.Writer) {
	if s.Trouble == "" {
		return
	}
	fmt.Fprintf(out, "\nnot promised beyond the assumptions, and broken in so many runs\n")
	for _, check := range findTrouble(s.Trouble).Waives {
		fmt.Fprintf(out, "  %-26s %12d\n", check, s.Stats.Waived[check])
	}
}

func (s *state) kills(out io.Writer) {
	if len(s.Kills) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%-32s %-22s %s\n", "planted fault", "found by", "first seed")
	for _, k := range s.Kills {
		seed := strconv.FormatUint(k.Seed, 10)
		if k.Seed == 0 {
			seed = fmt.Sprintf("NONE up to %d", killLimit)
		}
		fmt.Fprintf(out, "  %-30s %-22s %s\n", k.Name, k.Check, seed)
	}
}

func (s *state) broken(out io.Writer) {
	for _, b := range s.Broken {
		fmt.Fprintf(out, "\nBROKEN: %s, in %d runs; first seeds %v\n", b.Check, b.Runs, b.Seeds)
		fmt.Fprintf(out, "%s\n\nthe same, shrunk: %s\n", b.Whole, b.Small)
		fmt.Fprintf(out, "replay with: %s\n", b.Replay)
	}
}
