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

// faulty is a store in front of another one, whose calls can be made to fail, to hang, or to lose their answer.
type faulty struct {
	stores.Watcher
	mu sync.Mutex
	// before is asked before each call; an error is returned instead of making it.
	before func(ctx context.Context, op string) error
	// after is asked after each call; an error is returned instead of its answer.
	after func(op string) error
	calls map[string]int
}

func newFaulty() *faulty { return &faulty{Watcher: memory.New(), calls: map[string]int{}} }

func (f *faulty) set(before func(context.Context, string) error, after func(string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, after
}

func (f *faulty) count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

func (f *faulty) enter(ctx context.Context, op string) error {
	f.mu.Lock()
	f.calls[op]++
	before := f.before
	f.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(ctx, op)
}

func (f *faulty) leave(op string) error {
	f.mu.Lock()
	after := f.after
	f.mu.Unlock()
	if after == nil {
		return nil
	}
	return after(op)
}

func through[T any](ctx context.Context, f *faulty, op string, call func() (T, error)) (T, error) {
	var none T
	if err := f.enter(ctx, op); err != nil {
		return none, err
	}
	answer, err := call()
	if fault := f.leave(op); fault != nil {
		return none, fault
	}
	return answer, err
}

func (f *faulty) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	return through(ctx, f, "acquire", func() (stores.Lease, error) { return f.Watcher.Acquire(context.Background(), req) })
}

func (f *faulty) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	return through(ctx, f, "renew", func() (stores.Lease, error) { return f.Watcher.Renew(context.Background(), req) })
}

func (f *faulty) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	return through(ctx, f, "release", func() (bool, error) {
		return f.Watcher.Release(context.Background(), election, tenure)
	})
}

func (f *faulty) Get(ctx context.Context, election string) (stores.Lease, error) {
	return through(ctx, f, "get", func() (stores.Lease, error) { return f.Watcher.Get(context.Background(), election) })
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
