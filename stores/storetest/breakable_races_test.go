package storetest

import (
	"math"
	"slices"
	"sync"
)

// crowd lets the calls of a race act in the worst order, once all have looked.
type crowd struct {
	turn     sync.Cond
	came     int
	waiting  []uint64 // the ranks of those that have looked and not acted yet
	released bool
}

// join waits for its turn: the greatest rank acts first. The caller has the store's lock, and has it again afterwards.
func (c *crowd) join(rank uint64) {
	c.came++
	c.waiting = append(c.waiting, rank)
	c.turn.Broadcast()
	for c.came < racers || rank != slices.Max(c.waiting) {
		c.turn.Wait()
	}
	i := slices.Index(c.waiting, rank)
	c.waiting = slices.Delete(c.waiting, i, i+1)
	c.turn.Broadcast()
}

// releaseRank makes the first release act before all others, and the others after.
func (c *crowd) releaseRank() uint64 {
	if c.released {
		return 0
	}
	c.released = true
	return math.MaxUint64
}

// twoSteps lets a call look and act in two steps, if that is its fault: others act in between, and it then acts on what
// it saw, and writes back what it has not changed.
func (s *breakable) twoSteps(method, election string, r *record, rank uint64) {
	const steps = " looks and acts in two steps"
	raceIsOn := election == raced || election == contested && s.live(r)
	if !raceIsOn || s.crowd.came == racers || !s.is("Acquire"+steps, "Renew"+steps, "Release"+steps) {
		return
	}
	seen := *r
	s.crowd.join(rank)
	if s.is(method + steps) {
		seen.last = r.last
		*r = seen
	}
}
