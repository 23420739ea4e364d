package fsm_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

func TestOneOfManyLeadsAndKeepsTheLeaseByRenewals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		electors := []*fsm.Elector{newElector(t, store, "a"), newElector(t, store, "b"), newElector(t, store, "c")}
		for _, e := range electors {
			require.NoError(t, e.Start())
		}
		synctest.Wait()
		require.Equal(t, 1, leaders(electors...))
		first := holder(t, store)
		for range 1000 {
			time.Sleep(time.Second)
			require.Equal(t, 1, leaders(electors...))
		}
		require.Equal(t, first, holder(t, store), "a healthy leader is not replaced")
		stopping(t, electors...)
	})
}

func TestAReleaseHandsOverByOneWakeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		a, b := newElector(t, store, "a"), newElector(t, store, "b")
		require.NoError(t, a.Start())
		synctest.Wait()
		require.NoError(t, b.Start())
		time.Sleep(10 * time.Second)
		tries, at := store.Calls(faulty.Acquire), time.Now()

		require.NoError(t, a.Stop(t.Context()))
		synctest.Wait()
		require.True(t, b.IsLeader())
		require.Zero(t, time.Since(at), "the wake-up, not a pause, started the try")
		require.Equal(t, tries+1, store.Calls(faulty.Acquire))
		stopping(t, b)
	})
}

func TestFollowersAskTheStoreOnlyWhenItMakesSense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		a, b := newElector(t, store, "a"), newElector(t, store, "b")
		require.NoError(t, a.Start())
		synctest.Wait()
		require.NoError(t, b.Start())
		time.Sleep(time.Hour)
		require.Equal(t, 3+4, store.Calls(faulty.Acquire), "one each at the start, one when the follower's subscription had begun,"+
			" and one in 250 lease times; renewals told it that more would be in vain")
		stopping(t, a, b)
	})
}

func TestACrashedLeaderIsReplacedWithinTheComputedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := newLink()
		a, b := newElector(t, inner, "a"), newElector(t, inner.Inner(), "b")
		var seen leadership.History
		seen.Follow(a)
		seen.Follow(b)
		require.NoError(t, a.Start())
		synctest.Wait()
		require.NoError(t, b.Start())
		time.Sleep(time.Minute)
		require.True(t, a.IsLeader())

		inner.Down()
		at := time.Now()
		for !b.IsLeader() {
			seen.Look(a, b)
			time.Sleep(time.Millisecond)
		}
		cfg := fsm.Config{Lease: 3 * time.Second, Jitter: fsm.NoJitter}
		require.LessOrEqual(t, time.Since(at), cfg.Failover().Crash)
		require.False(t, a.IsLeader(), "the old leader stepped down by itself, before")
		inner.Up()
		seen.Look(a, b)
		stopping(t, a, b)
		require.NoError(t, seen.Check())
	})
}

func TestTryAcquire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		a := newElector(t, store, "a", func(c *fsm.Config) { c.Metadata = map[string]string{"addr": "10.0.0.1"} })
		b := newElector(t, store, "b")

		term, err := a.TryAcquire(t.Context())
		require.NoError(t, err)
		require.NoError(t, term.Err())
		again, err := a.TryAcquire(t.Context())
		require.NoError(t, err)
		require.Same(t, term, again, "while leading, the same term")

		_, err = b.TryAcquire(t.Context())
		var held *stores.HeldError
		require.ErrorAs(t, err, &held)
		require.Equal(t, "a", held.Lease.Participant)
		require.Equal(t, lifecycle.StateFollowing, b.State())
		leader, known := b.Leader()
		require.True(t, known)
		require.Equal(t, "a", leader.Participant)
		require.Equal(t, map[string]string{"addr": "10.0.0.1"}, leader.Metadata)
		require.Equal(t, term.Fence(), leader.Fence)

		time.Sleep(time.Minute)
		require.NoError(t, term.Err(), "it is renewed by itself")
		require.Equal(t, 0, leaders(b), "one try is one try")
		leader, _ = b.Leader()
		require.Positive(t, leader.Remaining)
		require.LessOrEqual(t, leader.Age, 3*time.Second, "an observer keeps up")

		require.NoError(t, a.Release(t.Context()))
		require.ErrorIs(t, term.Err(), fsm.ErrEnded)
		time.Sleep(time.Minute)
		require.Equal(t, 0, leaders(a, b), "nobody wants to lead any more")
		_, known = b.Leader()
		require.False(t, known)
		stopping(t, a, b)
	})
}

func TestATryWithUnknownOutcomeIsNotLeadershipAndIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		store.On(faulty.Calls(faulty.Acquire), faulty.FailAfter(nil))
		e := newElector(t, store, "a")
		term, err := e.TryAcquire(t.Context())
		require.ErrorIs(t, err, fsm.ErrUnknownOutcome)
		require.Nil(t, term)
		require.False(t, e.IsLeader())
		synctest.Wait()
		require.Equal(t, "", holder(t, store), "what was granted without an answer was given back")
		stopping(t, e)
	})
}

func TestAnUnknownOutcomeIsRepeatedAsTheSameAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		store.On(faulty.Calls(faulty.Acquire).Times(2), faulty.FailAfter(nil))
		e := newElector(t, store, "a")
		began := time.Now()
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		require.True(t, began.Equal(term.AcquiredAt()), "granted once, at the first send")
		cfg := fsm.Config{Lease: 3 * time.Second}.WithDefaults()
		require.Equal(t, 2*cfg.Retry, time.Since(began))
		require.LessOrEqual(t, term.Remaining(), 3*time.Second-2*cfg.Retry, "the time that was really left")
		stopping(t, e)
	})
}

func TestACampaignThatEndsGivesBackWhatItAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		store.On(faulty.Calls(faulty.Acquire), faulty.Delay(100*time.Millisecond))
		e := newElector(t, store, "a")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := e.Campaign(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, lifecycle.StateReleasing, e.State(), "the outcome is still awaited")
		time.Sleep(time.Second)
		require.Equal(t, 1, store.Calls(faulty.Release))
		require.Equal(t, "", holder(t, store))
		require.Equal(t, lifecycle.StateFollowing, e.State())
		stopping(t, e)
	})
}

func TestAContextThatHasEndedAsksForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		e := newElector(t, store, "a")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := e.TryAcquire(ctx)
		require.ErrorIs(t, err, context.Canceled)
		_, err = e.Campaign(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, store.Calls(faulty.Acquire))
		require.Equal(t, lifecycle.StateIdle, e.State())
	})
}

func TestManualModeRenewsOnlyWhenTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		e := newElector(t, store, "a", manual)
		require.NoError(t, e.Start())
		time.Sleep(time.Minute)
		require.Zero(t, store.Calls(faulty.Acquire), "Start only observes")
		require.ErrorIs(t, e.Renew(t.Context()), fsm.ErrNotLeading)

		term, err := e.TryAcquire(t.Context())
		require.NoError(t, err)
		for range 10 {
			time.Sleep(2 * time.Second)
			require.NoError(t, e.Renew(t.Context()))
		}
		require.NoError(t, term.Err())
		require.Equal(t, 10, store.Calls(faulty.Renew))
		time.Sleep(3 * time.Second)
		var ended *fsm.EndedError
		require.ErrorAs(t, term.Err(), &ended)
		require.Equal(t, lifecycle.EventDeadline, ended.Reason)
		require.ErrorIs(t, e.Renew(t.Context()), fsm.ErrNotLeading)
		stopping(t, e)
	})
}

func TestARefusedRenewalDemotesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		e := newElector(t, store, "a")
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		revoked, err := store.Revoke(t.Context(), election, term.Fence())
		require.NoError(t, err)
		require.True(t, revoked)
		<-term.Context().Done()
		var ended *fsm.EndedError
		require.ErrorAs(t, context.Cause(term.Context()), &ended)
		require.Equal(t, lifecycle.EventLost, ended.Reason)
		require.Equal(t, election, ended.Election)
		stopping(t, e)
	})
}

func TestAFailedRenewalIsNotALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		failed := store.On(faulty.Calls(faulty.Renew).Times(2), faulty.Fail(nil))
		e := newElector(t, store, "a")
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.NoError(t, term.Err())
		require.Equal(t, 2, failed.Hits())
		stopping(t, e)
	})
}

func TestAStoreThatIsDownAtTheStartIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		store.Down()
		e := newElector(t, store, "a")
		require.NoError(t, e.Start())
		time.Sleep(time.Minute)
		require.False(t, e.IsLeader())
		store.Up()
		time.Sleep(time.Second)
		require.True(t, e.IsLeader())
		stopping(t, e)
	})
}

func TestASettingThatTheStoreRejectsIsFatal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		rejected := &stores.InvalidError{Field: "lease", Value: "3s", Reason: "this store takes minutes"}
		store.On(calls(), faulty.Fail(rejected))
		e := newElector(t, store, "a")
		_, err := e.Campaign(t.Context())
		require.ErrorIs(t, err, stores.ErrInvalid)
		require.NotErrorIs(t, err, fsm.ErrStopped, "nobody stopped it")
		require.Equal(t, lifecycle.StateIdle, e.State())
		require.Equal(t, 1, store.Calls(faulty.Acquire), "it is not retried")
	})
}

func TestAnElectorCanBeStartedAgainAfterStopAndNotAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		e := newElector(t, store, "a")
		var fences []uint64
		for range 3 {
			require.NoError(t, e.Start())
			synctest.Wait()
			fences = append(fences, e.Term().Fence())
			require.NoError(t, e.Stop(t.Context()))
			require.Equal(t, lifecycle.StateIdle, e.State())
			require.Equal(t, "", holder(t, store))
		}
		require.IsIncreasing(t, fences)
		require.NoError(t, e.Close())
		require.NoError(t, e.Close(), "closing again does nothing")
		require.NoError(t, e.Stop(t.Context()))
		require.ErrorIs(t, e.Start(), fsm.ErrClosed)
		_, err := e.Campaign(t.Context())
		require.ErrorIs(t, err, fsm.ErrClosed)
	})
}
