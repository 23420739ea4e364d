package proptest_test

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/gen/elector"
)

// tally counts what runs came to.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
	// inputs and tapes are how many were replayed; the tapes are kept if keep is set.
	inputs, tapes int
	// ways are the different sequences of inputs and states on the tapes.
	ways map[uint64]bool
	keep bool
	kept []*tape
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[what]++
}

func (c *tally) merge(t *tape) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.inputs() == 0 {
		return
	}
	c.tapes++
	c.inputs += t.inputs()
	if c.ways == nil {
		c.ways = map[uint64]bool{}
	}
	c.ways[t.way()] = true
	if c.keep {
		c.kept = append(c.kept, t)
	}
}

// TestDriver holds real electors, with all their goroutines, against what is promised of them at their public face,
// under virtual time: in whatever order the goroutines run, since that differs from run to run.
func TestDriver(t *testing.T) {
	var seen tally
	t.Run("scripts", func(t *testing.T) {
		for part := range budget(50, 1) {
			t.Run(strconv.Itoa(part), func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(t *rapid.T) {
					sc := scripts.Draw(t, "script")
					rapid.SyncTest(t, func(t *rapid.T) {
						if wrong := perform(sc, &plot{}, &seen); wrong != nil {
							t.Fatalf("%s", wrong)
						}
					})
				})
			})
		}
	})
	for _, what := range slices.Sorted(maps.Keys(seen.counts)) {
		t.Logf("%6d %s", seen.counts[what], what)
	}
	require.Equal(t, recorded, seen.tapes > 0)
	t.Logf("%d tapes with %d inputs were replayed, %d different ways", seen.tapes, seen.inputs, len(seen.ways))
	if !t.Failed() && !testing.Short() && !raceEnabled {
		requireSeen(t, &seen)
	}
}

// requireSeen fails if the scripts never came to something that they are there for.
func requireSeen(t *testing.T, seen *tally) {
	t.Helper()
	var never []string
	must := func(what string) {
		if seen.counts[what] == 0 {
			never = append(never, what)
		}
	}
	for state := elector.StateIdle; state <= elector.StateClosed; state++ {
		for _, kind := range []opKind{opStart, opTry, opCampaign, opRun, opRelease, opStop} {
			must(opNames[kind] + " in " + state.String())
		}
		must("told, " + listenNames[listenPlain] + ", in " + state.String())
	}
	for kind := range listenCount {
		must("told, " + listenNames[kind] + ", in " + elector.StateLeading.String())
	}
	for f := range faultCount {
		must("fault " + faultNames[f])
	}
	for kind, errs := range outcomes {
		must(opNames[kind] + ": done")
		for _, err := range errs {
			must(opNames[kind] + ": " + err.Error())
		}
	}
	for _, what := range []string{"suspend", "wall forward", "wall back", "store back", "revoked", "a new leader", "told after a merge"} {
		must(what)
	}
	require.Empty(t, never)
}
