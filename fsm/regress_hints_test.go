package fsm_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

// The smallest replays of what a second review found.

func TestRunReturnsWhenAllIsClearedAwayAlsoAfterTheStopOfAnother(t *testing.T) {
	for _, both := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			store := newLink()
			store.On(faulty.Calls(faulty.Release), faulty.Delay(200*time.Millisecond))
			e := newElector(t, store, "a")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- e.Run(ctx, until) }()
			time.Sleep(time.Second)
			go func() { _ = e.Stop(context.Background()) }()
			if both {
				synctest.Wait()
				cancel()
			}
			if err := <-done; !both {
				require.ErrorIs(t, err, fsm.ErrStopped)
			}
			require.Equal(t, "", holder(t, store.Inner()))
			require.Equal(t, lifecycle.StateIdle, e.State())
		})
	}
}

func TestACampaignThatWasGivenUpDoesNotMakeTheElectorPoll(t *testing.T) {
	for name, giveUp := range map[string]func(t *testing.T, e *fsm.Elector){
		"its context ends": func(t *testing.T, e *fsm.Elector) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := e.Campaign(ctx)
			require.Error(t, err)
		},
		"stopped and started": func(t *testing.T, e *fsm.Elector) {
			t.Helper()
			go func() { _, _ = e.Campaign(t.Context()) }()
			synctest.Wait()
			require.NoError(t, e.Stop(t.Context()))
			require.NoError(t, e.Start())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newLink()
				hold(t, store.Inner(), time.Hour)
				e := newElector(t, store, "a", manual)
				_, err := e.TryAcquire(t.Context())
				require.ErrorIs(t, err, stores.ErrHeld)
				time.Sleep(100 * time.Millisecond)
				giveUp(t, e)
				time.Sleep(time.Minute)
				require.LessOrEqual(t, store.Calls(faulty.Get), 3)
				stopping(t, e)
			})
		})
	}
}

func TestFalseNewsOfALeaderThatAreRepeatedDoNotStarveAFollower(t *testing.T) {
	for name, lie := range map[string]struct {
		fence uint64
		left  time.Duration
	}{
		"a fence that the store refuses to believe": {1 << 62, time.Millisecond},
		"a leader that renews":                      {1 << 51, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newLink()
				n := noticing{store, make(chan stores.Notice)}
				hold(t, store.Inner(), 3*time.Second)
				e := newElector(t, n, "a")
				require.NoError(t, e.Start())
				synctest.Wait()
				for range 1000 {
					n.notices <- stores.Notice{Kind: stores.NoticeHeld, Lease: stores.Lease{
						Tenure: stores.Tenure{Attempt: stores.Attempt{Incarnation: "liar", Number: 1}, Fence: lie.fence}, TimeLeft: lie.left,
					}}
					time.Sleep(time.Second)
				}
				require.True(t, e.IsLeader())
				stopping(t, e)
			})
		})
	}
}

func TestFalseNewsOfManyTenuresDoNotMakeAFollowerAskWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		slow(store)
		held := hold(t, store.Inner(), time.Hour)
		n := noticing{store, make(chan stores.Notice)}
		e := newElector(t, n, "a")
		require.NoError(t, e.Start())
		time.Sleep(time.Second)
		for i := range uint64(5000) {
			lie := stores.Lease{Tenure: stores.Tenure{Fence: held.Fence + 1 + i}, TimeLeft: time.Second}
			n.notices <- stores.Notice{Kind: stores.NoticeHeld, Lease: lie}
			n.notices <- stores.Notice{Kind: stores.NoticeVacated}
			time.Sleep(2 * time.Millisecond)
		}
		require.Less(t, store.Calls(faulty.Acquire), 30)
		stopping(t, e)
	})
}

func TestAFalseFenceDoesNotDisableLaterWakeUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		held := hold(t, store.Inner(), time.Hour)
		n := noticing{store, make(chan stores.Notice)}
		e := newElector(t, n, "a")
		require.NoError(t, e.Start())
		time.Sleep(2 * time.Second)
		n.notices <- stores.Notice{Kind: stores.NoticeHeld, Lease: stores.Lease{Tenure: stores.Tenure{Fence: 1 << 62}, TimeLeft: time.Second}}
		n.notices <- stores.Notice{Kind: stores.NoticeVacated}
		time.Sleep(2 * time.Second)

		_, err := store.Inner().Release(t.Context(), election, held.Tenure)
		require.NoError(t, err)
		at := time.Now()
		n.notices <- stores.Notice{Kind: stores.NoticeVacated}
		synctest.Wait()
		for !e.IsLeader() {
			require.Less(t, time.Since(at), time.Second)
			time.Sleep(time.Millisecond)
		}
		stopping(t, e)
	})
}

func TestAShortGrantIsRenewedAlsoWhereRetryIsLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		store.On(faulty.Calls(faulty.Acquire).Times(3), faulty.FailAfter(nil))
		e := newElector(t, store, "a", func(c *fsm.Config) {
			c.Renewal, c.Timeout, c.Retry = time.Second, 300*time.Millisecond, 900*time.Millisecond
		})
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		require.Less(t, term.Remaining(), 300*time.Millisecond)
		time.Sleep(5 * time.Second)
		require.NoError(t, term.Err())
		stopping(t, e)
	})
}

func TestAWatchThatEndsItsGoroutineIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, asked := memory.New(), 0
		e := newElector(t, watching{store, func(ctx context.Context) (<-chan stores.Notice, error) {
			if asked++; asked == 1 {
				runtime.Goexit()
			}
			return store.Watch(ctx, election)
		}}, "a")
		require.NoError(t, e.Start())
		time.Sleep(time.Minute)
		require.Equal(t, 2, asked)
		stopping(t, e)
	})
}
