package memory_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
	"github.com/tenure-go/tenure/stores/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestConformance(t *testing.T) {
	c := newClock()
	move := func(_ *testing.T, d time.Duration) { c.Advance(d) }
	storetest.Run(t, storetest.InProcess(storetest.Harness{
		New:     func(*testing.T) stores.Store { return memory.New(memory.WithClock(c.Now)) },
		Advance: move,
		Step:    move,
		Now:     func(*testing.T) time.Time { return c.Now() },
	}))
}

// TestConformanceOfTheZeroValue runs on the system's clock, as users do.
func TestConformanceOfTheZeroValue(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.InProcess(storetest.Harness{New: func(*testing.T) stores.Store { return &memory.Store{} }}))
}

// TestConformanceOnTheSystemsClockWhenItIsSet sets the wall time, and the monotonic time goes on.
func TestConformanceOnTheSystemsClockWhenItIsSet(t *testing.T) {
	t.Parallel()
	var stepped atomic.Int64
	now := func() time.Time { return stepWall(t, time.Now(), time.Duration(stepped.Load())) }
	storetest.Run(t, storetest.InProcess(storetest.Harness{
		New:  func(*testing.T) stores.Store { return memory.New(memory.WithClock(now)) },
		Step: func(_ *testing.T, d time.Duration) { stepped.Add(int64(d)) },
	}))
}
