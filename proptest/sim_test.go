package proptest_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/proptest"
)

var (
	seedFlag    = flag.Uint64("seed", 0, "replay this seed with its full transcript (TestReplay)")
	troubleFlag = flag.String("trouble", "", "the trouble beyond the assumptions of the replay")
	plantedFlag = flag.String("planted", "", "the fault to plant in the replay")
	seedsFlag   = flag.Int("seeds", 0, "the number of seeds of TestSimulation; 0 for the usual budget")
	firstFlag   = flag.Uint64("first", 1, "the first seed of TestSimulation")
	keepFlag    = flag.String("keep", "", "the part of the run to replay, as a shrunk violation names it")
	shrinkFlag  = flag.Bool("shrink", false, "shrink the run that is replayed, if it breaks a check")
	updateFlag  = flag.Bool("update", false, "rewrite the golden files")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// budget is the number of seeds of a test; few where each event costs more.
func budget(full, reduced int) int {
	if testing.Short() || raceEnabled {
		return reduced
	}
	return full
}

func TestSimulation(t *testing.T) {
	seeds := *seedsFlag
	if seeds == 0 {
		seeds = budget(proptest.FullBudget, 300)
	}
	opt := proptest.Options{}
	report := proptest.Campaign(*firstFlag, seeds, opt)
	t.Log(report)
	t.Logf("%d forbidden commands; longest time without a leader: %.0f %% of the worst case, %.0f %% of a crash's in %d",
		report.Forbidden, 100*report.WorstGap, 100*report.CrashGap, report.Crashes)
	requireNone(t, report, opt)
	if seeds < proptest.FullBudget {
		return
	}
	requireRows(t, &report.Stats)
	requireEdges(t, &report.Stats)
	requireReached(t, &report.Stats)
	t.Logf("longest handover: %.0f %% of what is promised, in %d; %d writes", 100*report.HandoverGap, report.Handed, report.Writes)
	require.NotZero(t, report.Handed)
	for kind, count := range report.Faults {
		t.Logf("%-25s %9d", proptest.FaultKind(kind), count)                      //nolint:gosec // few kinds
		require.NotZero(t, count, "no %q did anything", proptest.FaultKind(kind)) //nolint:gosec // few kinds
	}
}

// requireNone fails with the first violation in full, and shrunk, and names the seeds of the others.
func requireNone(t *testing.T, report *proptest.Report, opt proptest.Options) {
	t.Helper()
	for i, v := range report.Violations {
		if i == 0 {
			opt.Seed = v.Seed
			t.Errorf("%v\n\nThe same, shrunk:\n%v", v, proptest.Shrink(opt))
		} else if i < 20 {
			t.Logf("also %s in seed %d: %s", v.Check, v.Seed, v.Detail)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// requireRows compares the rows that were taken with the table's.
func requireRows(t *testing.T, stats *proptest.Stats) {
	t.Helper()
	taken, all := 0, 0
	for s := range lifecycle.State(lifecycle.StateCount) {
		for e := range lifecycle.Event(lifecycle.EventCount) {
			verdict, count := lifecycle.Lookup(s, e).Verdict, stats.Taken[s][e]
			switch {
			case verdict == lifecycle.Forbidden:
				require.True(t, count == 0 || e.Source() == lifecycle.SourceCommand, "%s was fired in %s", e, s)
				continue
			case !proptest.Reachable(s, e):
				require.Zero(t, count, "%s was taken in %s: it is not unreachable", e, s)
				continue
			}
			all++
			if count > 0 {
				taken++
			} else {
				t.Errorf("the row of %s in %s was never taken", e, s)
			}
		}
	}
	t.Logf("%d of %d rows taken", taken, all)
}

const edgesFile = "testdata/edges.golden"

// requireEdges compares the moves that were seen with the table's, and with the file that others compare theirs with: the
// edges that the model takes have to be the same.
func requireEdges(t *testing.T, stats *proptest.Stats) {
	t.Helper()
	var seen []string
	for _, edge := range stats.Edges() {
		seen = append(seen, edge.String())
	}
	require.Empty(t, without(tableEdges(), seen), "rows that were never taken")
	require.Empty(t, without(seen, tableEdges()), "moves that are not in the table")
	slices.Sort(seen)
	text := strings.Join(seen, "\n") + "\n"
	if *updateFlag {
		require.NoError(t, os.WriteFile(edgesFile, []byte(text), 0o600))
	}
	golden, err := os.ReadFile(edgesFile)
	require.NoError(t, err)
	require.Equal(t, string(golden), text, "the moves changed; understand why, then rewrite with -update")
}

// tableEdges are the moves that the table has.
func tableEdges() []string {
	var edges []string
	for s := range lifecycle.State(lifecycle.StateCount) {
		for e := range lifecycle.Event(lifecycle.EventCount) {
			if row := lifecycle.Lookup(s, e); row.Verdict == lifecycle.Moves {
				edges = append(edges, proptest.Edge{From: s, Event: e, To: row.To}.String())
			}
		}
	}
	return edges
}

// without returns the items that others lacks.
func without(items, others []string) []string {
	return slices.DeleteFunc(slices.Clone(items), func(item string) bool { return slices.Contains(others, item) })
}

func TestEdgesThatDifferAreNamed(t *testing.T) {
	var stats, more proptest.Stats
	stats.Targets[lifecycle.StateLeading][lifecycle.EventDeadline] |= 1 << lifecycle.StateDraining
	more.Targets[lifecycle.StateLeading][lifecycle.EventDeadline] |= 1 << lifecycle.StateLeading
	stats.Add(&more)
	var seen []string
	for _, edge := range stats.Edges() {
		seen = append(seen, edge.String())
	}
	require.Equal(t, []string{"leading deadline leading", "leading deadline draining"}, seen)
	require.Equal(t, []string{"leading deadline leading"}, without(seen, tableEdges()))
	require.Len(t, without(tableEdges(), seen), len(tableEdges())-1)
}

// TestReplay shows one seed with its full transcript.
func TestReplay(t *testing.T) {
	if *seedFlag == 0 {
		t.Skip("give a seed with -seed")
	}
	opt := proptest.Options{Seed: *seedFlag, Log: func(line string) { t.Log(line) }}
	for _, planted := range proptest.PlantedFaults() {
		if planted.Name == *plantedFlag {
			opt.Planted = planted
		}
	}
	require.True(t, *plantedFlag == "" || opt.Planted != nil, "there is no planted fault %q", *plantedFlag)
	for _, trouble := range proptest.Troubles() {
		if trouble.Name == *troubleFlag {
			opt.Trouble = trouble
		}
	}
	require.True(t, *troubleFlag == "" || opt.Trouble != nil, "there is no trouble %q", *troubleFlag)
	if *keepFlag != "" {
		keep, err := proptest.ParseKeep(*keepFlag)
		require.NoError(t, err)
		opt.Keep = keep
	}
	if *shrinkFlag {
		if shrunk := proptest.Shrink(opt); shrunk != nil {
			t.Error(shrunk)
		}
		return
	}
	_, violations := proptest.Simulate(opt)
	for _, v := range violations {
		t.Error(v)
	}
}

func TestSameSeedSameTranscript(t *testing.T) {
	for seed := uint64(1); seed <= 50; seed++ {
		once, _ := proptest.Simulate(proptest.Options{Seed: seed})
		again, _ := proptest.Simulate(proptest.Options{Seed: seed})
		require.Equal(t, once, again, "seed %d", seed)
	}
	other, _ := proptest.Simulate(proptest.Options{Seed: 51})
	once, _ := proptest.Simulate(proptest.Options{Seed: 1})
	require.NotEqual(t, once.Hash, other.Hash)
}

// TestMemoryStoreAgainstReference runs each seed on stores/memory and on the package's own store: what participants see
// is the same.
func TestMemoryStoreAgainstReference(t *testing.T) {
	for seed := uint64(1); seed <= uint64(budget(500, 50)); seed++ { //nolint:gosec // not negative
		memory, _ := proptest.Simulate(proptest.Options{Seed: seed})
		reference, _ := proptest.Simulate(proptest.Options{Seed: seed, Reference: true})
		require.Equal(t, memory.Hash, reference.Hash, "seed %d", seed)
	}
}

func TestLostWakeUpsCostTimeAndNothingElse(t *testing.T) {
	opt := proptest.Options{NoWakeUps: true}
	report := proptest.Campaign(1, budget(500, 50), opt)
	requireNone(t, report, opt)
	require.NotZero(t, report.Handovers)
}

const killsFile = "testdata/planted_faults.golden"

func TestPlantedFaultsAreCaught(t *testing.T) {
	seeds := budget(400, 0)
	if seeds == 0 {
		t.Skip("the full budget is needed")
	}
	kills := proptest.Kills(proptest.PlantedFaults(), seeds)
	named := map[proptest.Check]bool{}
	var table strings.Builder
	fmt.Fprintf(&table, "%-30s %-20s %4s\n", "planted fault", "caught by", "seed")
	for i := range kills {
		k := &kills[i]
		named[k.Planted.Check] = true
		require.NotZero(t, k.First[k.Planted.Check], "%s was not caught by %s", k.Planted.Name, k.Planted.Check)
		fmt.Fprintln(&table, k)
		t.Logf("%s, broken by %d of %d; also %s", k, k.Runs[k.Planted.Check], seeds, k.Others())
	}
	for check := range proptest.Check(proptest.CheckCount) {
		require.True(t, named[check], "no planted fault shows that %s can fail", check)
	}
	if *updateFlag {
		require.NoError(t, os.WriteFile(killsFile, []byte(table.String()), 0o600))
	}
	golden, err := os.ReadFile(killsFile)
	require.NoError(t, err)
	require.Equal(t, string(golden), table.String(), "the kills changed; understand why, then rewrite with -update")
}
