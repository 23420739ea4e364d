package proptest

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// Options say what a run is to be.
type Options struct {
	// Seed decides everything.
	Seed uint64
	// Planted is a fault in the code under test that the checks must find; nil for none.
	Planted *Planted
	// Trouble is what goes beyond the assumptions; nil for nothing.
	Trouble *Trouble
	// KeepGoing lets a run go on after a check was broken, to see which others break.
	KeepGoing bool
	// NoWakeUps loses every wake-up, also in the calm.
	NoWakeUps bool
	// Reference runs on this package's own store in place of stores/memory.
	Reference bool
	// Keep is the part of the run that is made; nil for all of it.
	Keep *Keep
	// Workers is how many runs a campaign makes at a time; 0 for as many as there are cores.
	Workers int
	// Log is given every line of the transcript; nil for none.
	Log func(line string)

	// trace records the run for the model; the run is then one in whole ticks.
	trace *tracer
}

func (o *Options) plan(r *rand.Rand) plan {
	if o.trace != nil {
		return drawTickPlan(r)
	}
	return drawPlan(r)
}

// InputKinds is the number of kinds of input that a core knows.
const InputKinds = int(core.InputExpired) + 1

// Stats are what happened in runs.
type Stats struct {
	// Runs is the number of runs, Virtual the time that they lasted in their worlds.
	Runs    int
	Virtual time.Duration
	// Events counts the deliveries and timers that reached a core: answers of the store, wake-ups, and its timer firing.
	// Commands counts what callers and workloads told a core. Neither counts what happens in the world alone: a request that
	// the store serves, a message that nobody waits for, a fault.
	Events, Commands uint64
	// Idle counts the events that took no row: a leader's look at its clock, an answer that nobody awaits any more.
	Idle uint64
	// Inputs are both, by what reached the core.
	Inputs [InputKinds]uint64
	// Taken counts the rows of the table that were taken.
	Taken [lifecycle.StateCount][lifecycle.EventCount]uint64
	// Targets tells where the rows that moved led: for a state and an event, one bit for each state.
	Targets [lifecycle.StateCount][lifecycle.EventCount]uint64
	// Forbidden counts commands that came in a state that forbids them.
	Forbidden uint64
	// Faults counts the faults that really did something.
	Faults [FaultKinds]uint64
	// Handovers counts how often the lease went from one incarnation to another.
	Handovers uint64
	// Crashes counts the leaders that died for good in the calm, and whose election had to go on in time.
	Crashes int
	// WorstGap and CrashGap are the longest times without a leader in the calm, as shares of the time allowed.
	WorstGap, CrashGap float64
	// WorstGaps and CrashGaps count, for each run in which nobody led for a while in the calm, the longest such time.
	WorstGaps, CrashGaps Shares
	// Handed counts the leaders that gave the lease back in the calm; HandoverGap is the longest time from there to the
	// next leader, as a share of the time allowed.
	Handed      int
	HandoverGap float64
	// HandoverGaps counts those times.
	HandoverGaps Shares
	// Reached counts what must be able to happen, Writes the writes that arrived at the resource.
	Reached [ReachCount]uint64
	// Waived counts the runs that broke a check of which the run's trouble is the reason.
	Waived [CheckCount]uint64
	Writes uint64
	// Hash is that of the transcript; of several runs, of their transcripts.
	Hash uint64
}

// countGaps counts the longest times without a leader of one run.
func (s *Stats) countGaps() {
	if s.WorstGap > 0 {
		s.WorstGaps.add(s.WorstGap)
	}
	if s.CrashGap > 0 {
		s.CrashGaps.add(s.CrashGap)
	}
	if s.Handed > 0 {
		s.HandoverGaps.add(s.HandoverGap)
	}
}

// isEvent tells deliveries and timers from what callers and workloads say.
func isEvent(kind core.InputKind) bool {
	return kind == core.InputTick || kind == core.InputReply || kind == core.InputNotice
}

// countInputs adds up the inputs of one run.
func (s *Stats) countInputs() {
	for kind, n := range s.Inputs {
		if isEvent(core.InputKind(kind)) { //nolint:gosec // few kinds
			s.Events += n
		} else {
			s.Commands += n
		}
	}
}

// Add adds what happened in another run.
func (s *Stats) Add(o *Stats) {
	s.Runs += o.Runs
	s.Virtual += o.Virtual
	s.Events += o.Events
	s.Commands += o.Commands
	s.Idle += o.Idle
	for i := range s.Inputs {
		s.Inputs[i] += o.Inputs[i]
	}
	for i := range s.Taken {
		for j := range s.Taken[i] {
			s.Taken[i][j] += o.Taken[i][j]
			s.Targets[i][j] |= o.Targets[i][j]
		}
	}
	s.Forbidden += o.Forbidden
	for i := range s.Faults {
		s.Faults[i] += o.Faults[i]
	}
	for i := range s.Reached {
		s.Reached[i] += o.Reached[i]
	}
	for i := range s.Waived {
		s.Waived[i] += o.Waived[i]
	}
	s.Writes += o.Writes
	s.Handed += o.Handed
	s.HandoverGaps.Add(&o.HandoverGaps)
	s.HandoverGap = max(s.HandoverGap, o.HandoverGap)
	s.Handovers += o.Handovers
	s.Crashes += o.Crashes
	s.WorstGaps.Add(&o.WorstGaps)
	s.CrashGaps.Add(&o.CrashGaps)
	s.WorstGap, s.CrashGap = max(s.WorstGap, o.WorstGap), max(s.CrashGap, o.CrashGap)
	// The sum does not depend on which run ended first.
	s.Hash += o.Hash
}

// Edge is a row that moved: in this state, on this event, to that state.
type Edge struct {
	From  lifecycle.State
	Event lifecycle.Event
	To    lifecycle.State
}

// String is the edge as it stands in the golden file.
func (e Edge) String() string { return fmt.Sprintf("%s %s %s", e.From, e.Event, e.To) }

// Edges returns the rows that moved, in the order of states and events.
func (s *Stats) Edges() []Edge {
	var edges []Edge
	for from := range lifecycle.State(lifecycle.StateCount) {
		for event := range lifecycle.Event(lifecycle.EventCount) {
			for to := range lifecycle.State(lifecycle.StateCount) {
				if s.Targets[from][event]&(1<<to) != 0 {
					edges = append(edges, Edge{from, event, to})
				}
			}
		}
	}
	return edges
}

// Simulate makes one run. It returns the checks that were broken, at most one unless the run keeps going.
func Simulate(opt Options) (Stats, []*Violation) {
	w := newWorld(opt)
	w.run()
	return w.stats, w.violations
}

// Report is what a campaign of many runs found.
type Report struct {
	Stats
	// Violations has the first violation of each run that broke a check, in the order of the seeds.
	Violations []*Violation
	// Elapsed is how long the campaign took.
	Elapsed time.Duration
}

// String is the report in one line.
func (r *Report) String() string {
	return fmt.Sprintf("%d seeds, %.1f virtual hours, %d events, %.0f events/s, %d handovers, %d violations",
		r.Runs, r.Virtual.Hours(), r.Events, float64(r.Events)/r.Elapsed.Seconds(), r.Handovers, len(r.Violations))
}

// Campaign makes the runs of the seeds from first on.
func Campaign(first uint64, seeds int, opt Options) *Report {
	began, report := time.Now(), &Report{}
	found := make([]*Violation, seeds)
	next := make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	count := opt.Workers
	if count == 0 {
		count = runtime.GOMAXPROCS(0)
	}
	for range count {
		workers.Go(func() {
			for i := range next {
				mine := opt
				mine.Seed = first + uint64(i)
				stats, violations := Simulate(mine)
				if len(violations) > 0 {
					found[i] = violations[0]
				}
				mu.Lock()
				report.Add(&stats)
				mu.Unlock()
			}
		})
	}
	for i := range seeds {
		next <- i
	}
	close(next)
	workers.Wait()
	for _, v := range found {
		if v != nil {
			report.Violations = append(report.Violations, v)
		}
	}
	report.Elapsed = time.Since(began)
	return report
}
