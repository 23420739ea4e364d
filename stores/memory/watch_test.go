package memory_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

func watch(ctx context.Context, t *testing.T, store *memory.Store) <-chan stores.Notice {
	t.Helper()
	notices, err := store.Watch(ctx, "orders")
	require.NoError(t, err)
	return notices
}

// next returns the notice that is there. This store delivers before the call that causes a notice returns.
func next(t *testing.T, notices <-chan stores.Notice) stores.Notice {
	t.Helper()
	select {
	case notice := <-notices:
		return notice
	default:
		require.Fail(t, "no notice")
		return stores.Notice{}
	}
}

func TestAWatcherThatDoesNotReadGetsTheNewestNoticeOnly(t *testing.T) {
	c := newClock()
	store := memory.New(memory.WithClock(c.Now))
	notices := watch(t.Context(), t, store)
	lease := acquire(t, store, request("alice", 1))
	for range 10 {
		c.Advance(time.Second)
		_, err := store.Renew(t.Context(), renewal(lease, 10*time.Second))
		require.NoError(t, err)
	}
	held := next(t, notices)
	require.Equal(t, stores.NoticeHeld, held.Kind)
	require.Equal(t, lease, held.Lease)
	require.Empty(t, notices)

	_, err := store.Release(t.Context(), "orders", lease.Tenure)
	require.NoError(t, err)
	require.Equal(t, stores.Notice{Kind: stores.NoticeVacated}, next(t, notices))
	second := acquire(t, store, request("bob", 1))
	_, err = store.Release(t.Context(), "orders", stores.Tenure{Attempt: second.Attempt})
	require.NoError(t, err)
	require.Equal(t, stores.NoticeVacated, next(t, notices).Kind)
	require.Empty(t, notices)
}

func TestNobodyIsToldOfAnExpiry(t *testing.T) {
	c := newClock()
	store := memory.New(memory.WithClock(c.Now))
	acquire(t, store, request("alice", 1))
	notices := watch(t.Context(), t, store)
	c.Advance(time.Minute)
	_, err := store.Get(t.Context(), "orders")
	require.ErrorIs(t, err, stores.ErrVacant)
	require.Empty(t, notices)
}

func TestTheNoticeThatWasNotReadSurvivesTheEndOfTheWatch(t *testing.T) {
	var store memory.Store
	ctx, cancel := context.WithCancel(t.Context())
	notices := watch(ctx, t, &store)
	acquire(t, &store, request("alice", 1))
	cancel()
	require.Equal(t, stores.NoticeHeld, (<-notices).Kind)
	_, open := <-notices
	require.False(t, open)
}

func TestWatchesMayEndWhileNoticesAreSent(t *testing.T) {
	var store memory.Store
	lease := acquire(t, &store, request("alice", 1))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				notices, err := store.Watch(ctx, "orders")
				if err != nil {
					t.Error(err)
				}
				cancel()
				for range notices { // read until it is closed
				}
			}
		})
		wg.Go(func() {
			for range 200 {
				if _, err := store.Renew(t.Context(), renewal(lease, time.Hour)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// What a reader sees may leave notices out, and never puts an older one after a newer.
func TestNoticesComeInTheOrderOfTheEffects(t *testing.T) {
	var store memory.Store
	ctx, cancel := context.WithCancel(t.Context())
	notices := watch(ctx, t, &store)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		for attempt := uint64(1); attempt <= 1000; attempt++ {
			if _, err := store.Acquire(context.WithoutCancel(ctx), request("alice", attempt)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	last := uint64(0)
	for notice := range notices {
		require.Greater(t, notice.Lease.Fence, last)
		last = notice.Lease.Fence
	}
	require.NoError(t, <-done)
	require.NotZero(t, last)
}
