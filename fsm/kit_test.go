package fsm_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const election = "reports"

// newElector returns an elector with settings for a lease of 3 s, changed by with.
func newElector(t *testing.T, store stores.Store, name string, with ...func(*fsm.Config)) *fsm.Elector {
	t.Helper()
	cfg := fsm.Config{
		Election: election, Participant: name, Lease: 3 * time.Second, Jitter: fsm.NoJitter,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	}
	for _, w := range with {
		w(&cfg)
	}
	e, err := fsm.New(store, cfg)
	require.NoError(t, err)
	return e
}

func manual(c *fsm.Config) { c.Manual = true }

// stopping stops the elector at the end of the test, inside its bubble.
func stopping(t *testing.T, electors ...*fsm.Elector) {
	t.Helper()
	for _, e := range electors {
		require.NoError(t, e.Stop(context.Background()))
	}
	synctest.Wait()
}

func leaders(electors ...*fsm.Elector) (n int) {
	for _, e := range electors {
		if e.IsLeader() {
			n++
		}
	}
	return n
}

// link is a link to a store in memory that can fail, and the store as it is seen over it.
type link struct {
	*faulty.Link
	stores.Watcher
}

func newLink() *link {
	l := faulty.NewLink(memory.New())
	return &link{Link: l, Watcher: l.Store().(stores.Watcher)}
}

// calls are all but those that ask for wake-ups.
func calls() faulty.Match {
	return faulty.Calls(faulty.Acquire, faulty.Renew, faulty.Release, faulty.Get)
}

// stepped is the system's clock with a wall clock that can be set, and a monotonic clock that can stand still.
type stepped struct {
	clock.Clock
	wall atomic.Int64
}

func newStepped() *stepped { return &stepped{Clock: clock.System()} }

func (s *stepped) Now() clock.Reading {
	now := s.Clock.Now()
	now.Wall += time.Duration(s.wall.Load())
	return now
}

func (s *stepped) step(d time.Duration) { s.wall.Add(int64(d)) }

// counting is the system's clock, which knows how many functions wait for their time.
type counting struct {
	clock.Clock
	waiting atomic.Int64
}

type countedTimer struct {
	clock.Timer
	over func()
}

func (t countedTimer) Stop() bool {
	t.over()
	return t.Timer.Stop()
}

func (c *counting) AfterFunc(d time.Duration, f func()) clock.Timer {
	c.waiting.Add(1)
	over := sync.OnceFunc(func() { c.waiting.Add(-1) })
	return countedTimer{Timer: c.Clock.AfterFunc(d, func() { over(); f() }), over: over}
}

// holder returns who holds the lease at the store, or "".
func holder(t *testing.T, store stores.Store) string {
	t.Helper()
	lease, err := store.Get(context.Background(), election)
	if err != nil {
		require.ErrorIs(t, err, stores.ErrVacant)
		return ""
	}
	return lease.Participant
}
