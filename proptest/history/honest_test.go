package history_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest/history"
	"github.com/tenure-go/tenure/stores/memory"
)

// Histories of a store that keeps the rules are accepted, whatever befell the calls.
func TestHonestHistoriesAreAccepted(t *testing.T) {
	for name, load := range map[string]history.Load{
		"all answered":             {},
		"one in ten astray":        {Astray: 0.1},
		"one in three astray":      {Astray: 0.33},
		"twice":                    {Twice: 0.3},
		"astray and twice":         {Astray: 0.1, Twice: 0.3},
		"one client":               {Clients: 1, Astray: 0.1},
		"one election, many calls": {Elections: 1, Clients: 16, Calls: 50, Astray: 0.05},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range seeds() {
				load.Seed = seed
				exact(t, load)
			}
		})
	}
}

// seeds is how many loads of each kind are tried.
func seeds() uint64 {
	if testing.Short() || underRace {
		return 1
	}
	return 8
}

// exact checks a store in memory on a clock that the load moves.
func exact(t *testing.T, load history.Load) {
	t.Helper()
	var c clock
	r := &history.Recorder{Now: c.passed}
	load.Pause = c.pass
	load.Run(t.Context(), r, memory.New(memory.WithClock(c.time)))
	result, err := history.Check(r.History(), history.Options{Doubled: load.Twice > 0, Timeout: time.Minute})
	require.NoError(t, err, "seed %d: %v", load.Seed, result)
}
