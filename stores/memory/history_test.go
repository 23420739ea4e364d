package memory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest/history"
	"github.com/tenure-go/tenure/stores/memory"
)

// Many goroutines at once on the system's clock, by which the history is compared to the nanosecond: some calls have no
// answer, and some are carried out twice.
func TestWhatManyGoroutinesAreToldIsLinearizable(t *testing.T) {
	t.Parallel()
	seeds := 4
	if testing.Short() || underRace {
		seeds = 1
	}
	for name, load := range map[string]history.Load{
		"all answered":    {Elections: 4, Clients: 8, Calls: 300, Lease: 20 * time.Millisecond},
		"some astray":     {Elections: 4, Clients: 8, Calls: 300, Lease: 20 * time.Millisecond, Astray: 0.05},
		"some twice":      {Elections: 4, Clients: 8, Calls: 300, Lease: 20 * time.Millisecond, Astray: 0.02, Twice: 0.05},
		"in one election": {Elections: 1, Clients: 16, Calls: 100, Astray: 0.02},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range seeds {
				var recorder history.Recorder
				load.Seed = uint64(seed)
				load.Run(t.Context(), &recorder, memory.New())
				result, err := history.Check(recorder.History(), history.Options{Doubled: load.Twice > 0})
				require.NoError(t, err, "%v", result)
				require.Greater(t, result.Tenures, 20)
				t.Log(result)
			}
		})
	}
}
