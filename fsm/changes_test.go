package fsm_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores/memory"
)

// turnover leads and stops, n times.
func turnover(t *testing.T, e *fsm.Elector, n int) {
	t.Helper()
	for range n {
		_, err := e.Campaign(t.Context())
		require.NoError(t, err)
		require.NoError(t, e.Stop(t.Context()))
	}
}

// requirePairs checks that gains and losses alternate, beginning with a gain, and belong together.
func requirePairs(t *testing.T, changes []fsm.Change) (gains int) {
	t.Helper()
	var open *fsm.Term
	for _, c := range changes {
		if c.Gained != nil {
			require.Nil(t, open, "two gains without a loss")
			open = c.Gained
			gains++
		}
		if c.Lost != nil {
			require.Same(t, open, c.Lost, "a loss of another term than was gained")
			require.Error(t, c.Lost.Err())
			open = nil
		}
	}
	require.Nil(t, open, "a gain without a loss")
	return gains
}

func TestEveryGainIsFollowedByItsLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		var got []fsm.Change
		defer e.Subscribe(func(c fsm.Change) { got = append(got, c) })()
		turnover(t, e, 5)
		synctest.Wait()
		require.Equal(t, 5, requirePairs(t, got))
		for i, c := range got[1:] {
			require.Equal(t, got[i].Current, c.Previous, "no step is left out")
		}
		require.Equal(t, fsm.Change{
			Previous: lifecycle.StateLeading, Current: lifecycle.StateStopping,
			Lost: got[1].Gained, Reason: lifecycle.EventStop,
		}, got[2])
	})
}

func TestASubscriberThatBlocksHarmsNobodyAndIsToldInWholePairs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		proceed := make(chan struct{})
		var slow, fast []fsm.Change
		defer e.Subscribe(func(c fsm.Change) { <-proceed; slow = append(slow, c) })()
		defer e.Subscribe(func(c fsm.Change) { fast = append(fast, c) })()
		const turns = 200
		for range turns {
			turnover(t, e, 1)
			synctest.Wait()
		}
		require.Equal(t, turns, requirePairs(t, fast))
		require.Positive(t, e.Stats().ChangesMerged)

		close(proceed)
		synctest.Wait()
		requirePairs(t, slow)
		require.Less(t, len(slow), 70)
		require.Error(t, slow[len(slow)-1].Lost.Err())
		merged := uint64(0)
		for _, c := range slow {
			merged += c.Merged
		}
		require.Equal(t, len(fast), len(slow)+int(merged), "what was left out is counted")
	})
}

func TestASubscriberThatPanicsGoesOnBeingTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a", func(c *fsm.Config) { c.Logger = nil })
		told := 0
		defer e.Subscribe(func(fsm.Change) { told++; panic("a bug in the subscriber") })()
		turnover(t, e, 2)
		synctest.Wait()
		require.Equal(t, 10, told)
		require.Equal(t, uint64(10), e.Stats().SubscriberPanics)
	})
}

func TestASubscriberMayCallTheElector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		released := 0
		var unsubscribe func()
		unsubscribe = e.Subscribe(func(c fsm.Change) {
			if c.Gained != nil {
				require.NoError(t, e.Release(context.Background()))
				released++
			}
			if released == 2 {
				unsubscribe()
			}
		})
		require.NoError(t, e.Start())
		time.Sleep(time.Minute)
		require.Equal(t, 2, released, "after unsubscribing it is told nothing")
		require.True(t, e.IsLeader())
		unsubscribe()
		stopping(t, e)
	})
}

func TestAGainThatIsToldLateIsKnownToBeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		proceed := make(chan struct{})
		stale := 0
		defer e.Subscribe(func(c fsm.Change) {
			<-proceed
			if c.Gained != nil {
				require.ErrorIs(t, c.Gained.Err(), fsm.ErrEnded)
				stale++
			}
		})()
		turnover(t, e, 1)
		close(proceed)
		synctest.Wait()
		require.Equal(t, 1, stale)
	})
}

func TestChangesEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		ctx, cancel := context.WithCancel(t.Context())
		var got []fsm.Change
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for c := range e.Changes(ctx) {
				got = append(got, c)
			}
		}()
		synctest.Wait()
		turnover(t, e, 3)
		synctest.Wait()
		cancel()
		<-ended
		require.Equal(t, 3, requirePairs(t, got))
	})
}

func TestChangesEndWithABreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, memory.New(), "a")
		go func() {
			for c := range e.Changes(t.Context()) {
				if c.Gained != nil {
					break
				}
			}
		}()
		synctest.Wait()
		turnover(t, e, 1)
	})
}
