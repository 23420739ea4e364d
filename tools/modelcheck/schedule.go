package main

import (
	"cmp"
	"runtime"
	"slices"
)

// share runs the tasks within the cores, the heaviest first, and returns when all are done. Cores that nobody waits for
// become further workers of the task that starts. If workers is positive, every task has that many.
func share(workers int, weights []int, run func(task, workers int)) {
	waiting := make([]int, len(weights))
	for i := range waiting {
		waiting[i] = i
	}
	slices.SortStableFunc(waiting, func(a, b int) int { return cmp.Compare(weights[b], weights[a]) })
	free, running := runtime.GOMAXPROCS(0), 0
	done := make(chan int)
	for len(waiting) > 0 || running > 0 {
		for len(waiting) > 0 && (free >= max(workers, 1) || running == 0) {
			task, has := waiting[0], workers
			if has <= 0 {
				has = max(free/len(waiting), 1)
			}
			waiting, free, running = waiting[1:], free-has, running+1
			go func() {
				defer func() { done <- has }()
				run(task, has)
			}()
		}
		free += <-done
		running--
	}
}
