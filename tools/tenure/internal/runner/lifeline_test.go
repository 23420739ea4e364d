//go:build linux || darwin

package runner

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
	"github.com/tenure-go/tenure/tools/tenure/internal/guard"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a lifeline over the memory store, on a clock that only the test moves.
type bench struct {
	*lifeline
	clock  *clock.Manual
	start  time.Time
	events []Event
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{start: time.Unix(1_800_000_000, 0)}
	b.clock = clock.NewManual(b.start)
	b.lifeline = &lifeline{
		Watcher: memory.New(memory.WithClock(b.clock.Time)), grace: 300 * time.Millisecond,
		now:  func() guard.Instant { return guard.Instant(b.clock.Time().Sub(b.start)) },
		tell: func(e Event) { b.events = append(b.events, e) },
	}
	return b
}

func (b *bench) acquire(t *testing.T, incarnation string, number uint64) (stores.Lease, error) {
	t.Helper()
	return b.Acquire(t.Context(), stores.AcquireRequest{
		Election: "jobs", Participant: "p", Attempt: stores.Attempt{Incarnation: incarnation, Number: number}, Lease: 2 * time.Second,
	})
}

func (b *bench) renew(t *testing.T, lease stores.Lease) {
	t.Helper()
	_, err := b.Renew(t.Context(), stores.RenewRequest{Election: "jobs", Tenure: lease.Tenure, Lease: 2 * time.Second})
	require.NoError(t, err)
}

func bounds(term, kill time.Duration) guard.Bounds {
	return guard.Bounds{Term: guard.Instant(term), Kill: guard.Instant(kill)}
}

// late is a store whose answers take a while.
type late struct {
	stores.Watcher
	clock *clock.Manual
}

// Acquire implements [stores.Store].
func (l late) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	lease, err := l.Watcher.Acquire(ctx, req)
	l.clock.Advance(100 * time.Millisecond)
	return lease, err
}

// Renew implements [stores.Store].
func (l late) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	lease, err := l.Watcher.Renew(ctx, req)
	l.clock.Advance(100 * time.Millisecond)
	return lease, err
}

func TestTheBoundsCountFromTheSend(t *testing.T) {
	b := newBench(t)
	b.Watcher = late{b.Watcher, b.clock}
	lease, err := b.acquire(t, "i", 1)
	require.NoError(t, err)
	require.Equal(t, bounds(1680*time.Millisecond, 1980*time.Millisecond), b.safe(lease.Fence), "less 1 % and the grace")
	var moved []guard.Bounds
	b.follow(lease.Fence, func(n guard.Bounds) { moved = append(moved, n) }, func() {})
	b.clock.Advance(400 * time.Millisecond)
	b.renew(t, lease)
	require.Equal(t, bounds(2180*time.Millisecond, 2480*time.Millisecond), b.safe(lease.Fence), "not from the answer")
	require.Equal(t, []guard.Bounds{bounds(1680*time.Millisecond, 1980*time.Millisecond), b.safe(lease.Fence)}, moved)
}

func TestARepetitionIsSafeForTheTimeThatIsLeft(t *testing.T) {
	b := newBench(t)
	_, err := b.acquire(t, "i", 1)
	require.NoError(t, err)
	b.clock.Advance(time.Second)
	lease, err := b.acquire(t, "i", 1)
	require.NoError(t, err)
	require.Equal(t, guard.Instant(1990*time.Millisecond), b.safe(lease.Fence).Kill,
		"at least what the first answer gave; 10 ms is the least margin")
}

func TestBoundsAreOfOneTenureOnly(t *testing.T) {
	b := newBench(t)
	old, err := b.acquire(t, "i", 1)
	require.NoError(t, err)
	b.follow(old.Fence, func(n guard.Bounds) {
		require.LessOrEqual(t, n.Kill, guard.Instant(2*time.Second), "the next tenure's time is not this one's")
	}, func() {})
	b.clock.Advance(time.Second)
	next, err := b.acquire(t, "i", 2)
	require.NoError(t, err)
	require.Zero(t, b.safe(old.Fence))
	require.Equal(t, guard.Instant(2980*time.Millisecond), b.safe(next.Fence).Kill)
	b.renew(t, next)
}

func TestALossIsPassedOn(t *testing.T) {
	b := newBench(t)
	lease, err := b.acquire(t, "i", 1)
	require.NoError(t, err)
	lost := 0
	b.follow(lease.Fence, func(guard.Bounds) {}, func() { lost++ })
	older := lease.Tenure
	older.Fence--
	_, err = b.Renew(t.Context(), stores.RenewRequest{Election: "jobs", Tenure: older, Lease: time.Second})
	require.ErrorIs(t, err, stores.ErrLost)
	require.Zero(t, lost, "that was another tenure")
	_, err = b.Revoke(t.Context(), "jobs", lease.Fence)
	require.NoError(t, err)
	_, err = b.Renew(t.Context(), stores.RenewRequest{Election: "jobs", Tenure: lease.Tenure, Lease: time.Second})
	require.ErrorIs(t, err, stores.ErrLost)
	require.Equal(t, 1, lost)
	require.Zero(t, b.safe(lease.Fence))
	b.follow(lease.Fence, func(guard.Bounds) {}, func() { lost++ })
	require.Equal(t, 2, lost, "whoever comes later is told too")
}

func TestWhatIsTold(t *testing.T) {
	b := newBench(t)
	lease, err := b.acquire(t, "other", 1)
	require.NoError(t, err)
	for range 3 {
		_, err = b.acquire(t, "i", 1)
		require.ErrorIs(t, err, stores.ErrHeld)
	}
	require.Len(t, b.events, 1, "one leader is told of once")
	require.Equal(t, Waits, b.events[0].Kind)
	require.Equal(t, lease.Fence, b.events[0].Leader.Fence)

	b.events = nil
	link := faulty.NewLink(b.Watcher, faulty.WithClock(b.clock))
	defer link.Close()
	watcher, ok := link.Store().(stores.Watcher)
	require.True(t, ok)
	b.Watcher = watcher
	link.Down()
	for range 3 {
		_, err = b.acquire(t, "i", 1)
		require.Error(t, err)
	}
	link.Up()
	_, err = b.acquire(t, "i", 1)
	require.ErrorIs(t, err, stores.ErrHeld)
	require.Len(t, b.events, 2, "one failure is told of once, and that it is over: %v", b.events)
	require.Equal(t, StoreFails, b.events[0].Kind)
	require.Equal(t, StoreAnswers, b.events[1].Kind)
}
