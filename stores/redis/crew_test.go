package redis_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores"
)

// crew is some electors of one election, each as on a machine of its own, and what they were seen to do.
type crew struct {
	t        *testing.T
	cfg      elector.Config
	electors []*elector.Elector
	stores   []stores.Store
	history  leadership.History

	mu       sync.Mutex
	gains    []gain
	overlaps []overlap
}

// gain is a workload that began.
type gain struct {
	elector int
	fence   uint64
	at      time.Time
}

// overlap is two terms that were seen to lead at one instant.
type overlap struct{ one, other uint64 }

// config is what the crews of these tests have: short, so that the tests are, and with a computed worst case that is long
// enough for a busy machine.
func config() elector.Config {
	return elector.Config{
		Election: "orders", Lease: 2 * time.Second, Renewal: 300 * time.Millisecond, Retry: 150 * time.Millisecond,
		Timeout: 500 * time.Millisecond, Drain: time.Second,
	}
}

// steady is for crews whose leader must stay: a busy machine may miss many renewals before its lease ends.
func steady() elector.Config {
	return elector.Config{
		Election: "orders", Lease: 20 * time.Second, Renewal: 200 * time.Millisecond, Retry: 100 * time.Millisecond,
		Timeout: 5 * time.Second, Drain: time.Second,
	}
}

// newCrew starts an elector over each store. They run until the test ends.
func newCrew(t *testing.T, each ...stores.Store) *crew {
	t.Helper()
	return newCrewOf(t, config(), each...)
}

func newCrewOf(t *testing.T, cfg elector.Config, each ...stores.Store) *crew {
	t.Helper()
	c := &crew{t: t, cfg: cfg, stores: each}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for i, store := range each {
		cfg := c.cfg
		cfg.Participant = fmt.Sprint("participant ", i)
		e, err := elector.New(store, cfg)
		require.NoError(t, err)
		c.electors = append(c.electors, e)
		c.history.Follow(e)
		running.Go(func() {
			_ = e.Run(ctx, c.history.Work(e, func(ctx context.Context, term *elector.Term) error { return c.work(ctx, i, term) }))
		})
	}
	running.Go(func() { c.watch(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		for _, e := range c.electors {
			_ = e.Close()
		}
		t.Log(c)
	})
	return c
}

// work is the workload of an elector: it returns when it is told.
func (c *crew) work(ctx context.Context, i int, term *elector.Term) error {
	c.mu.Lock()
	c.gains = append(c.gains, gain{elector: i, fence: term.Fence(), at: time.Now()})
	c.mu.Unlock()
	<-ctx.Done()
	return nil
}

// watch looks for two terms that lead at one instant. A term that has ended never leads again: so if it leads at a first
// look and at a third, it did at the second.
func (c *crew) watch(ctx context.Context) {
	seen := make([]leadership.Elector, len(c.electors))
	for i, e := range c.electors {
		seen[i] = e
	}
	for ctx.Err() == nil {
		c.history.Look(seen...)
		first, second := c.terms(), c.terms()
		for i, one := range first {
			for j := i + 1; j < len(first); j++ {
				if other := first[j]; one != nil && other != nil && second[i] == one {
					c.overlapped(one.Fence(), other.Fence())
				}
			}
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (c *crew) terms() []*elector.Term {
	terms := make([]*elector.Term, len(c.electors))
	for i, e := range c.electors {
		terms[i] = e.Term()
	}
	return terms
}

func (c *crew) overlapped(one, other uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := overlap{one: min(one, other), other: max(one, other)}
	for _, o := range c.overlaps {
		if o == seen {
			return
		}
	}
	c.overlaps = append(c.overlaps, seen)
}

// leads waits until somebody leads under a fence above the one given, and returns who does, under which, and after how
// long. That may take as long as is computed for the worst case.
func (c *crew) leads(above uint64) (leader int, fence uint64, after time.Duration) {
	c.t.Helper()
	begun, bound := time.Now(), c.cfg.Failover().Worst
	for {
		for i, e := range c.electors {
			if term := e.Term(); term != nil && term.Fence() > above {
				return i, term.Fence(), time.Since(begun)
			}
		}
		after = time.Since(begun)
		require.Less(c.t, after, bound, "nobody leads within the computed worst case")
		time.Sleep(time.Millisecond)
	}
}

// settled waits until somebody leads and the others know it.
func (c *crew) settled() (leader int, fence uint64) {
	c.t.Helper()
	leader, fence, _ = c.leads(0)
	eventually(c.t, "everybody knows the leader", func() bool {
		for _, e := range c.electors {
			if known, ok := e.Leader(); !ok || known.Fence < fence {
				return false
			}
		}
		return true
	})
	return leader, fence
}

// fencesGrow requires that each workload that began had a fence above all before it.
func (c *crew) fencesGrow() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := 1; i < len(c.gains); i++ {
		require.Greater(c.t, c.gains[i].fence, c.gains[i-1].fence, "fence of tenure %d", i)
	}
}

// same requires that the elector leads, alone, in the tenure with this fence.
func (c *crew) same(leader int, fence uint64) {
	c.t.Helper()
	require.Equal(c.t, []int{leader}, leaders(c), "who leads")
	if term := c.electors[leader].Term(); term != nil {
		require.Equal(c.t, fence, term.Fence(), "the tenure is another")
	}
}

// neverTwo requires that no two were seen to lead at one instant, and what else users rely on while that holds.
func (c *crew) neverTwo() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.Empty(c.t, c.overlaps, "terms that led at one instant, by fence")
	require.NoError(c.t, c.history.Check())
}

// String tells what happened.
func (c *crew) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var text strings.Builder
	fmt.Fprintf(&text, "%d tenures, %d pairs that led at one instant", len(c.gains), len(c.overlaps))
	for i, g := range c.gains {
		fmt.Fprintf(&text, "\n  +%6.3fs participant %d leads under fence %d", g.at.Sub(c.gains[0].at).Seconds(), g.elector, g.fence)
		if i > 0 {
			fmt.Fprintf(&text, ", %d above the last", g.fence-c.gains[i-1].fence)
		}
	}
	for _, o := range c.overlaps {
		fmt.Fprintf(&text, "\n  %d and %d led at one instant", o.one, o.other)
	}
	return text.String()
}
