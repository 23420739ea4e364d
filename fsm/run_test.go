package fsm_test

import (
	"context"
	"errors"
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

// until runs work that only waits for its context.
func until(ctx context.Context, _ *fsm.Term) error {
	<-ctx.Done()
	return nil
}

func TestRunLeadsWorksAndCampaignsAgainUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		e := newElector(t, store, "a")
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
		var fences []uint64
		err := e.Run(ctx, func(ctx context.Context, term *fsm.Term) error {
			require.Equal(t, "value", ctx.Value(key{}), "the values of Run's context are there")
			_, has := ctx.Deadline()
			require.False(t, has, "a deadline that moves is none")
			fences = append(fences, term.Fence())
			if len(fences) < 3 {
				return errors.New("this tenure's work is over")
			}
			cancel()
			<-ctx.Done()
			require.False(t, e.IsLeader(), "nobody believes any more when the workload is told")
			var ended *fsm.EndedError
			require.ErrorAs(t, context.Cause(ctx), &ended)
			require.Equal(t, lifecycle.EventStop, ended.Reason)
			require.Equal(t, "a", holder(t, store), "the lease is kept until the workload returns")
			return nil
		})
		require.NoError(t, err)
		require.Len(t, fences, 3)
		require.IsIncreasing(t, fences)
		require.Equal(t, lifecycle.StateIdle, e.State())
		require.Equal(t, "", holder(t, store))
	})
}

type key struct{}

func TestAWorkloadThatEndsAtOnceDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		e := newElector(t, store, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		runs := 0
		require.NoError(t, e.Run(ctx, func(context.Context, *fsm.Term) error {
			runs++
			return errors.New("no database")
		}))
		cfg := fsm.Config{Lease: 3 * time.Second}.WithDefaults()
		require.LessOrEqual(t, runs, int(time.Minute/cfg.Retry)+1)
		require.Greater(t, runs, 10)
	})
}

func TestAPanicOfTheWorkloadReleasesTheLeaseAndGoesOnUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		e := newElector(t, store, "a")
		require.PanicsWithValue(t, "boom", func() {
			_ = e.Run(t.Context(), func(context.Context, *fsm.Term) error { panic("boom") })
		})
		require.Equal(t, "", holder(t, store))
		require.Equal(t, lifecycle.StateIdle, e.State())
	})
}

func TestRunNeedsAWorkload(t *testing.T) {
	e := newElector(t, memory.New(), "a")
	require.ErrorIs(t, e.Run(t.Context(), nil), stores.ErrInvalid)
	require.Equal(t, lifecycle.StateIdle, e.State())
}

func TestRunIsRefusedWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = e.Run(ctx, until) }()
		synctest.Wait()
		require.ErrorIs(t, e.Run(ctx, until), fsm.ErrRunning)
		cancel()
		synctest.Wait()
	})
}

func TestStopByAnotherEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		done := make(chan error, 1)
		go func() { done <- e.Run(t.Context(), until) }()
		synctest.Wait()
		require.True(t, e.IsLeader())
		require.NoError(t, e.Stop(t.Context()))
		require.ErrorIs(t, <-done, fsm.ErrStopped)
	})
}

// A workload that needs 2 s to stop: the lease is renewed meanwhile, and nobody else starts before it has returned.
func TestTheLeaseIsKeptUntilTheWorkloadHasReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		long := func(c *fsm.Config) { c.Drain = time.Minute }
		a, b := newElector(t, store, "a", long), newElector(t, store, "b", long)
		working := 0
		slow := func(ctx context.Context, _ *fsm.Term) error {
			working++
			require.Equal(t, 1, working, "two workloads at once")
			<-ctx.Done()
			time.Sleep(20 * time.Second)
			working--
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = a.Run(ctx, slow) }()
		synctest.Wait()
		both, cancelBoth := context.WithCancel(t.Context())
		go func() { _ = b.Run(both, slow) }()
		time.Sleep(10 * time.Second)
		require.True(t, a.IsLeader())
		cancel()
		for range 19 {
			time.Sleep(time.Second)
			require.Equal(t, 0, leaders(a, b))
			require.Equal(t, lifecycle.StateStopping, a.State())
			require.Equal(t, "a", holder(t, store))
		}
		time.Sleep(2 * time.Second)
		require.True(t, b.IsLeader())
		cancelBoth()
		time.Sleep(time.Minute)
		require.Equal(t, lifecycle.StateIdle, b.State())
	})
}

func TestAWorkloadThatDoesNotReturnLeavesTheLeaseToExpireAndBlocksOnlyItsElector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		a, b := newElector(t, store, "a"), newElector(t, store, "b")
		forever := make(chan struct{})
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			ended <- a.Run(ctx, func(context.Context, *fsm.Term) error { <-forever; return nil })
		}()
		synctest.Wait()
		require.NoError(t, b.Start())
		time.Sleep(5 * time.Second)

		require.ErrorIs(t, a.Stop(t.Context()), fsm.ErrDrainLimit)
		require.Equal(t, lifecycle.StateAbandoned, a.State())
		require.Zero(t, store.Calls(faulty.Release), "a release would let two work at once")
		require.Equal(t, "a", holder(t, store))
		require.NoError(t, a.Start(), "it may take part again")
		time.Sleep(time.Minute)
		require.Equal(t, lifecycle.StateOverdue, a.State(), "and tries only once the old workload has returned")
		require.True(t, b.IsLeader())

		close(forever)
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-ended, fsm.ErrStopped)
		time.Sleep(time.Minute)
		require.Equal(t, lifecycle.StateFollowing, a.State(), "the end of Run did not undo the later start")
		stopping(t, a, b)
	})
}

func TestARegisteredWorkloadIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		e := newElector(t, store, "a")
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		done, err := term.Register(t.Context())
		require.NoError(t, err)
		released := make(chan error, 1)
		go func() { released <- e.Release(t.Context()) }()
		time.Sleep(time.Second)
		require.ErrorIs(t, term.Err(), fsm.ErrEnded)
		require.Equal(t, lifecycle.StateDraining, e.State())
		require.Zero(t, store.Calls(faulty.Release))
		_, err = term.Register(t.Context())
		require.ErrorIs(t, err, fsm.ErrEnded, "nothing begins under a term that is over")
		_, err = e.TryAcquire(t.Context())
		require.ErrorIs(t, err, fsm.ErrBusy, "no try while the last workload runs")
		done()
		done()
		require.NoError(t, <-released)
		require.Equal(t, 1, store.Calls(faulty.Release))
		stopping(t, e)
	})
}

func TestAnUnregisteredWorkloadLeavesTheLeaseToExpireWhenTheTermIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		e := newElector(t, store, "a")
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		store.On(faulty.Calls(faulty.Renew), faulty.Fail(nil))
		<-term.Context().Done()
		synctest.Wait()
		require.Zero(t, store.Calls(faulty.Release), "nobody said that the caller's work is over")
		require.Equal(t, "a", holder(t, store))
		stopping(t, e)
	})
}

func TestStopReturnsWhenItsContextEndsAndTheStopGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		e := newElector(t, store, "a")
		go func() {
			_ = e.Run(t.Context(), func(ctx context.Context, _ *fsm.Term) error {
				<-ctx.Done()
				time.Sleep(time.Second)
				return nil
			})
		}()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, e.Stop(ctx), context.Canceled)
		require.False(t, e.IsLeader())
		time.Sleep(2 * time.Second)
		require.Equal(t, lifecycle.StateIdle, e.State())
		require.Equal(t, "", holder(t, store), "the clean-up does not end with the caller")
	})
}

func TestAReleaseThatIsNotConfirmedIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		e := newElector(t, store, "a")
		_, err := e.Campaign(t.Context())
		require.NoError(t, err)
		store.Down()
		require.ErrorIs(t, e.Stop(t.Context()), fsm.ErrReleaseUnknown)
		require.Equal(t, 2, store.Calls(faulty.Release), "repeated, within a bound")
		require.Equal(t, lifecycle.StateIdle, e.State())
	})
}
