package fsm_test

import (
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

// The smallest replays of what a review found.

func TestRunDoesNotLeadAgainAfterItWasStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		runs, done := 0, make(chan error, 1)
		go func() {
			done <- e.Run(t.Context(), func(context.Context, *fsm.Term) error {
				runs++
				time.Sleep(10 * time.Second) // longer than the drain limit
				return nil
			})
		}()
		time.Sleep(time.Second)
		require.ErrorIs(t, e.Stop(t.Context()), fsm.ErrDrainLimit)
		require.ErrorIs(t, <-done, fsm.ErrStopped)
		require.Equal(t, 1, runs)
		require.Equal(t, lifecycle.StateIdle, e.State())
	})
}

func TestARunThatHasEndedDoesNotStopTheNext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 200 {
		e := newElector(t, memory.New(), "a")
		require.NoError(t, e.Run(ended, until))
		ctx, cancel := context.WithCancel(t.Context())
		require.NoError(t, e.Run(ctx, func(context.Context, *fsm.Term) error { cancel(); return nil }))
		require.NoError(t, e.Close())
	}
}

func TestWorkloadsThatEndSoonDoNotWakeEachOtherWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		slow(store)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for _, name := range []string{"a", "b"} {
			e := newElector(t, store, name)
			go func() { _ = e.Run(ctx, func(context.Context, *fsm.Term) error { return nil }) }()
		}
		time.Sleep(20 * time.Second)
		require.Less(t, store.Calls(faulty.Acquire), 100)
	})
}

// slow lets each call take a millisecond.
func slow(store *link) { store.On(calls(), faulty.Delay(time.Millisecond)) }

// noticing is a store whose wake-ups a test makes.
type noticing struct {
	stores.Store
	notices chan stores.Notice
}

func (n noticing) Watch(ctx context.Context, _ string) (<-chan stores.Notice, error) {
	out := make(chan stores.Notice)
	go func() {
		defer close(out)
		for {
			select {
			case notice := <-n.notices:
				select {
				case out <- notice:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

// hold lets somebody who is dead hold the lease.
func hold(t *testing.T, store stores.Store, lease time.Duration) stores.Lease {
	t.Helper()
	held, err := store.Acquire(t.Context(), stores.AcquireRequest{
		Election: election, Participant: "dead", Attempt: stores.Attempt{Incarnation: "dead", Number: 1}, Lease: lease,
	})
	require.NoError(t, err)
	return held
}

func TestFalseNewsOfAVacancyDoNotMakeAFollowerAskWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		slow(store)
		hold(t, store.Inner(), time.Hour)
		n := noticing{store, make(chan stores.Notice)}
		e := newElector(t, n, "a")
		require.NoError(t, e.Start())
		for range 10_000 {
			n.notices <- stores.Notice{Kind: stores.NoticeVacated}
			time.Sleep(time.Millisecond)
		}
		require.Less(t, store.Calls(faulty.Acquire), 30)
		stopping(t, e)
	})
}

func TestNewsThatMayHaveBeenMissedDoNotPutATryOffForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		hold(t, store, 30*time.Second)
		n := noticing{store, make(chan stores.Notice)}
		e := newElector(t, n, "a", func(c *fsm.Config) { c.Lease = 30 * time.Second })
		require.NoError(t, e.Start())
		for range 240 {
			n.notices <- stores.Notice{Kind: stores.NoticeMissed}
			time.Sleep(250 * time.Millisecond)
		}
		require.True(t, e.IsLeader())
		stopping(t, e)
	})
}

func TestFalseNewsOfALeaderCostTimeAndNothingElse(t *testing.T) {
	for name, lie := range map[string]stores.Lease{
		"a fence that no store can have": {Tenure: stores.Tenure{Fence: 1 << 63}, TimeLeft: time.Second},
		"a fence far ahead":              {Tenure: stores.Tenure{Fence: 1 << 62}, TimeLeft: time.Second},
		"a lease without end":            {Tenure: stores.Tenure{Fence: 1 << 51}, TimeLeft: 1000 * time.Hour},
		"a fence that was long ago":      {Tenure: stores.Tenure{Fence: 1}, TimeLeft: 1000 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memory.New()
				hold(t, store, 3*time.Second)
				n := noticing{store, make(chan stores.Notice)}
				e := newElector(t, n, "a")
				require.NoError(t, e.Start())
				synctest.Wait()
				lie.Incarnation = "liar"
				n.notices <- stores.Notice{Kind: stores.NoticeHeld, Lease: lie}
				n.notices <- stores.Notice{Kind: 0}
				cfg := fsm.Config{Lease: 3 * time.Second, Jitter: fsm.NoJitter}
				time.Sleep(cfg.Failover().Worst)
				require.True(t, e.IsLeader())
				stopping(t, e)
			})
		})
	}
}

func TestALeaseOfWhichLittleIsLeftIsRenewedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		store.On(faulty.Calls(faulty.Acquire).Times(2), faulty.SwallowReply())
		e := newElector(t, store, "a")
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		require.Less(t, term.Remaining(), time.Second)
		time.Sleep(5 * time.Second)
		require.NoError(t, term.Err())
		stopping(t, e)
	})
}

// watching is a store whose Watch is the test's.
type watching struct {
	stores.Store
	watch func(ctx context.Context) (<-chan stores.Notice, error)
}

func (w watching) Watch(ctx context.Context, _ string) (<-chan stores.Notice, error) {
	return w.watch(ctx)
}

func TestAStoreWhoseWatchIsBrokenHarmsNobody(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	for name, watch := range map[string]func(context.Context) (<-chan stores.Notice, error){
		"panics":          func(context.Context) (<-chan stores.Notice, error) { panic("a bug") },
		"returns nothing": func(context.Context) (<-chan stores.Notice, error) { return nil, nil },
		"never closes":    func(context.Context) (<-chan stores.Notice, error) { return make(chan stores.Notice), nil },
		"closes at once": func(context.Context) (<-chan stores.Notice, error) {
			c := make(chan stores.Notice)
			close(c)
			return c, nil
		},
		"ignores its context": func(context.Context) (<-chan stores.Notice, error) { <-forever; return nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			e := newElector(t, watching{memory.New(), watch}, "a")
			before := runtime.NumGoroutine()
			for range 100 {
				_, err := e.TryAcquire(t.Context())
				require.NoError(t, err)
				require.NoError(t, e.Stop(t.Context()))
			}
			require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, 10*time.Second, time.Millisecond)
		})
	}
}

// handling is a log handler that does what a test says.
type handling struct {
	slog.Handler
	handle func()
}

func (h handling) Handle(context.Context, slog.Record) error { h.handle(); return nil }
func (h handling) Enabled(context.Context, slog.Level) bool  { return true }
func (h handling) WithAttrs([]slog.Attr) slog.Handler        { return h }

func TestALoggerThatMisbehavesHarmsNobody(t *testing.T) {
	for name, handle := range map[string]func(e *fsm.Elector, end <-chan struct{}){
		"blocks":             func(_ *fsm.Elector, end <-chan struct{}) { <-end },
		"panics":             func(*fsm.Elector, <-chan struct{}) { panic("a bug in the handler") },
		"calls the elector":  func(e *fsm.Elector, _ <-chan struct{}) { _ = e.Release(context.Background()) },
		"ends its goroutine": func(*fsm.Elector, <-chan struct{}) { runtime.Goexit() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, end := newLink(), make(chan struct{})
				var e *fsm.Elector
				e = newElector(t, store, "a", func(c *fsm.Config) {
					c.Logger = slog.New(handling{slog.DiscardHandler, func() { handle(e, end) }})
				})
				term, err := e.Campaign(t.Context())
				require.NoError(t, err)
				derived, cancel := context.WithCancel(term.Context())
				defer cancel()
				store.Down()
				began := time.Now()
				<-derived.Done()
				require.LessOrEqual(t, time.Since(began), 3*time.Second)
				store.Up()
				require.NoError(t, e.Close())
				close(end)
				synctest.Wait()
			})
		})
	}
}

func TestAStoreThatEndsItsGoroutineIsAnUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		bug := store.On(calls(), faulty.Do(func(context.Context, faulty.Op) error { runtime.Goexit(); return nil }))
		e := newElector(t, store, "a")
		require.NoError(t, e.Start())
		time.Sleep(time.Minute)
		bug.Remove()
		time.Sleep(time.Second)
		require.True(t, e.IsLeader())
		require.Zero(t, e.Stats().CallsRefused)
		stopping(t, e)
	})
}

func TestACampaignIsNotPutOffByNewsOfTheLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		held := hold(t, store.Inner(), time.Hour)
		n := noticing{store, make(chan stores.Notice)}
		e := newElector(t, n, "a")
		_, err := e.TryAcquire(t.Context())
		require.ErrorIs(t, err, stores.ErrHeld)
		time.Sleep(100 * time.Millisecond)
		go func() { _, _ = e.Campaign(t.Context()) }()
		synctest.Wait()
		n.notices <- stores.Notice{Kind: stores.NoticeHeld, Lease: held}
		time.Sleep(time.Second)
		require.Equal(t, 2, store.Calls(faulty.Acquire))
		require.NoError(t, e.Close())
	})
}

// restating restates the elector's deadline, on a wall clock set back, right after it was read.
type restating struct {
	clock.Clock
	during atomic.Pointer[func()]
}

func (r *restating) Now() clock.Reading {
	now := r.Clock.Now()
	if during := r.during.Swap(nil); during != nil {
		(*during)()
	}
	return now
}

func TestAWallClockSetBackDuringALookDoesNotEndTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := newStepped()
		c := &restating{Clock: set}
		e := newElector(t, memory.New(), "a", func(cfg *fsm.Config) { cfg.Clock = c })
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		during := func() {
			set.step(-time.Hour)
			require.NoError(t, e.Renew(t.Context()))
		}
		c.during.Store(&during)
		require.NoError(t, term.Err())
		stopping(t, e)
	})
}
