package fsm_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

// The smallest replays of what scripts against real electors found.

// The elector sees the drain limit pass at the very look at which it hears that the workload has returned. Nothing is
// released then, so nothing else may be said.
func TestADrainLimitThatPassesAsTheWorkloadReturnsIsSaid(t *testing.T) {
	for name, end := range map[string]func(*fsm.Elector) error{
		"Release": func(e *fsm.Elector) error { return e.Release(context.Background()) },
		"Stop":    func(e *fsm.Elector) error { return e.Stop(context.Background()) },
		"Close":   (*fsm.Elector).Close,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock, store := newStepped(), memory.New()
				e := newElector(t, store, "a", func(c *fsm.Config) { c.Clock = clock })
				term, err := e.Campaign(t.Context())
				require.NoError(t, err)
				done, err := term.Register(t.Context())
				require.NoError(t, err)
				ended := make(chan error, 1)
				go func() { ended <- end(e) }()
				synctest.Wait()
				clock.step(3 * time.Second)
				done()
				synctest.Wait()
				require.Equal(t, "a", holder(t, store), "the lease is left to expire")
				require.ErrorIs(t, <-ended, fsm.ErrDrainLimit)
				stopping(t, e)
			})
		})
	}
}

// Close stops again where another goroutine has started the elector meanwhile. What the first stop could not confirm is
// said all the same.
func TestCloseSaysWhatItsFirstStopCouldNotConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, store := newStepped(), newLink()
		e := newElector(t, store, "a", func(c *fsm.Config) { c.Clock = clock })
		_, err := e.Campaign(t.Context())
		require.NoError(t, err)
		stuck := store.On(faulty.Calls(faulty.Release).Times(2), faulty.Hang())
		closed := make(chan error, 1)
		go func() { closed <- e.Close() }()
		synctest.Wait()
		for range 2 {
			clock.step(500 * time.Millisecond)
			require.ErrorIs(t, e.Start(), fsm.ErrStopped)
		}
		synctest.Wait()
		require.Equal(t, 2, store.Calls(faulty.Release))
		clock.step(500 * time.Millisecond)
		require.NoError(t, e.Start(), "it finds that the last release has failed, and begins anew")
		synctest.Wait()
		require.ErrorIs(t, <-closed, fsm.ErrReleaseUnknown)
		require.Equal(t, 2, stuck.Release())
	})
}
