package locks

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// cost is what a step allocates, on average.
type cost struct{ allocations, bytes float64 }

// costOf counts in the whole process, so nothing else may run. It is the same on machines of any speed.
func costOf(t *testing.T, step func() error) cost {
	t.Helper()
	const runs = 2000
	var before, after runtime.MemStats
	require.NoError(t, step(), "the first loads scripts")
	var failed error
	once := func() {
		if err := step(); err != nil {
			failed = err
		}
	}
	allocations := testing.AllocsPerRun(runs, once)
	runtime.ReadMemStats(&before)
	for range runs {
		once()
	}
	runtime.ReadMemStats(&after)
	require.NoError(t, failed)
	return cost{allocations: allocations, bytes: float64(after.TotalAlloc-before.TotalAlloc) / runs}
}

// A leader renews for as long as it leads, so this is what it costs to lead.
func TestARenewalAllocatesLessOftenThanThoseOfOtherLocks(t *testing.T) {
	_, all := contenders(t)
	costs := map[string]cost{}
	for _, c := range all {
		costs[c.name] = costOf(t, c.renew(limited{t.Context()}, t))
		t.Logf("a renewal of %-9s %4.0f allocations %6.0f bytes", c.name, costs[c.name].allocations, costs[c.name].bytes)
	}
	for _, other := range []string{"redislock", "redsync"} {
		require.Less(t, costs["tenure"].allocations, costs[other].allocations, other)
	}
}

var kept [][]byte

func TestTheCostOfAStepIsWhatItAllocates(t *testing.T) {
	got := costOf(t, func() error {
		kept = [][]byte{make([]byte, 64), make([]byte, 128)}
		return nil
	})
	require.InDelta(t, 3, got.allocations, 0.1)
	require.InDelta(t, 64+128+48, got.bytes, 5)
}
