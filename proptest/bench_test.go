package proptest

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// BenchmarkSimulation is what one run costs, on one core, since a run is one goroutine: the cores, and all of the world
// and the checks around them. An event is a delivery or a timer that reaches a core.
func BenchmarkSimulation(b *testing.B) {
	var total Stats
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for seed := uint64(1); b.Loop(); seed++ {
		stats, violations := Simulate(Options{Seed: seed})
		if len(violations) > 0 {
			b.Fatal(violations[0])
		}
		total.Add(&stats)
	}
	runtime.ReadMemStats(&after)
	events := float64(total.Events)
	b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/events, "ns/event")
	b.ReportMetric((events-float64(total.Idle))/b.Elapsed().Seconds(), "rows-taking-events/s")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/events, "allocs/event")
	b.ReportMetric(total.Virtual.Hours()/b.Elapsed().Minutes(), "virtual-hours/min")
}

// life is what one incarnation's machine was told, from its beginning on.
type life []lifecycle.Event

// livesOf returns the rows that a run took, by incarnation.
func livesOf(seed uint64) (lives []life, events uint64) {
	w := newWorld(Options{Seed: seed})
	present := make([]life, len(w.participants))
	w.log.sink = func(r record) {
		switch r.kind {
		case recRow:
			present[r.who] = append(present[r.who], lifecycle.Event(r.b)) //nolint:gosec // it was one
		case recRestarted:
			lives, present[r.who] = append(lives, present[r.who]), nil
		default:
		}
	}
	w.run()
	return append(lives, present...), w.stats.Events
}

// BenchmarkMachine is what looplab/fsm costs for the same rows, which the simulation, having no driver, does not pay: the
// rows of a hundred runs, fired through package fsm's machine, without the making of it.
func BenchmarkMachine(b *testing.B) {
	var lives []life
	var events, rows uint64
	for seed := uint64(1); seed <= 100; seed++ {
		more, reached := livesOf(seed)
		lives, events = append(lives, more...), events+reached
	}
	for _, l := range lives {
		rows += uint64(len(l))
	}
	var spent time.Duration
	passes := 0.0
	for b.Loop() {
		passes++
		for _, l := range lives {
			spent += fireAll(b, l)
		}
	}
	nanoseconds := float64(spent.Nanoseconds()) / passes
	b.ReportMetric(nanoseconds/float64(rows), "ns/row")
	b.ReportMetric(nanoseconds/float64(events), "ns/event")
	b.ReportMetric(float64(rows)/float64(events), "rows/event")
}

// fireAll fires a life's rows and returns how long that took. What the table forbids is refused here as well.
func fireAll(tb testing.TB, l life) time.Duration {
	m, err := fsm.NewMachine(lifecycle.Initial)
	require.NoError(tb, err)
	began := time.Now()
	for _, event := range l {
		want := lifecycle.Lookup(m.State(), event)
		if verdict, _ := m.Fire(event); verdict != want.Verdict {
			tb.Fatalf("%s in %s is %s in the machine, %s in the table", event, m.State(), verdict, want.Verdict)
		}
	}
	return time.Since(began)
}

// The machine that ships agrees with the core on every row of a few runs.
func TestTheMachineTakesTheRowsOfTheSimulation(t *testing.T) {
	fired := 0
	for seed := uint64(1); seed <= 20; seed++ {
		lives, _ := livesOf(seed)
		for _, l := range lives {
			fireAll(t, l)
			fired += len(l)
		}
	}
	require.Greater(t, fired, 10_000)
}

// An event is a delivery or a timer that reaches a core, and no delivery that the transcript shows is missing.
func TestEventsAreWhatReachesACore(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		var answers, notices uint64
		w := newWorld(Options{Seed: seed})
		w.log.sink = func(r record) {
			switch r.kind {
			case recReply:
				answers++
			case recNotice:
				notices++
			default:
			}
		}
		w.run()
		s := &w.stats
		require.Equal(t, answers, s.Inputs[core.InputReply])
		require.Equal(t, notices, s.Inputs[core.InputNotice])
		require.Equal(t, answers+notices+s.Inputs[core.InputTick], s.Events)
		all := uint64(0)
		for _, n := range s.Inputs {
			all += n
		}
		require.Equal(t, all, s.Events+s.Commands)
		require.Less(t, s.Idle, s.Events)
	}
}
