package proptest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// A store that can fail and does not is the one that it is made of.
func TestAStoreThatLosesNothingChangesNothing(t *testing.T) {
	for seed := uint64(1); seed <= 30; seed++ {
		plain, failing := newWorld(Options{Seed: seed}), newWorld(Options{Seed: seed, Trouble: &Trouble{Failover: true}})
		for i := range failing.agenda.heap {
			if e := &failing.agenda.heap[i]; e.kind == evTrouble {
				e.kind, e.at = evProbe, 0
			}
		}
		plain.run()
		failing.run()
		require.Empty(t, failing.violations)
		require.Equal(t, plain.log.hash, failing.log.hash, "seed %d", seed)
	}
}

// What is repeated at the readings of then has the fences, the ends and the revocations of then.
func TestAReplicaIsWhatThePrimaryWas(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	open := func(now func() time.Time) stores.Watcher { return memory.New(memory.WithClock(now)) }
	at := int64(0)
	s := &failingStore{Watcher: open(clock), open: open, clock: clock, at: func() int64 { return at }, putOff: func() {}}
	ctx := context.Background()
	acquire := func(who string) (stores.Lease, error) {
		return s.Acquire(ctx, stores.AcquireRequest{
			Election: election, Participant: who, Lease: 10 * time.Second,
			Attempt: stores.Attempt{Incarnation: who, Number: 1},
		})
	}
	first, err := acquire("a")
	require.NoError(t, err)
	now, at = now.Add(2*time.Second), 2
	_, err = s.Revoke(ctx, election, first.Fence)
	require.NoError(t, err)
	now = now.Add(time.Second)
	was, err := s.Get(ctx, election)
	require.NoError(t, err)
	at = 3
	_, err = s.Release(ctx, election, first.Tenure)
	require.NoError(t, err)
	second, err := acquire("b")
	require.NoError(t, err)

	_, err = s.lose(s.knownAt(2))
	require.NoError(t, err)
	is, err := s.Get(ctx, election)
	require.NoError(t, err)
	require.Equal(t, was, is)
	require.Equal(t, first.Fence, s.highest)

	s.settle = 10 * time.Second
	_, err = s.lose(0)
	require.NoError(t, err)
	_, err = s.Get(ctx, election)
	require.ErrorIs(t, err, stores.ErrVacant)
	_, err = acquire("b")
	require.ErrorIs(t, err, errSettling)
	now = now.Add(10 * time.Second)
	third, err := acquire("b")
	require.NoError(t, err)
	require.Greater(t, third.Fence, second.Fence)
}
