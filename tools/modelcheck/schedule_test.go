package main

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheHeaviestIsFirst(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	var order, had []int
	share(0, []int{1, 5, 3, 5}, func(task, workers int) { order, had = append(order, task), append(had, workers) })
	require.Equal(t, []int{1, 3, 2, 0}, order)
	require.Equal(t, []int{1, 1, 1, 1}, had)
}

func TestTheCoresAreShared(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	rapid.Check(t, func(t *rapid.T) {
		cores := rapid.IntRange(1, 9).Draw(t, "cores")
		runtime.GOMAXPROCS(cores)
		weights := rapid.SliceOfN(rapid.IntRange(0, 9), 0, 12).Draw(t, "weights")
		asked := rapid.IntRange(0, 4).Draw(t, "workers")
		var mu sync.Mutex
		busy, most := 0, 0
		var ran []int
		share(asked, weights, func(task, workers int) {
			mu.Lock()
			busy += workers
			most = max(most, busy)
			ran = append(ran, task)
			mu.Unlock()
			if asked > 0 && workers != asked || workers < 1 {
				t.Errorf("%d workers", workers)
			}
			runtime.Gosched()
			mu.Lock()
			busy -= workers
			mu.Unlock()
		})
		slices.Sort(ran)
		for i, task := range ran {
			require.Equal(t, i, task, "each task once")
		}
		require.Len(t, ran, len(weights))
		require.LessOrEqual(t, most, max(cores, asked))
	})
}

func TestASingleTaskHasAllCores(t *testing.T) {
	before := runtime.GOMAXPROCS(4)
	defer runtime.GOMAXPROCS(before)
	share(0, []int{1}, func(_, workers int) { require.Equal(t, 4, workers) })
}
