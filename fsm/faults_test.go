package fsm_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

func TestAStoreThatPanicsIsAnUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newLink()
		bug := store.On(calls(), faulty.Do(func(context.Context, faulty.Op) error { panic("a bug in the store") }))
		e := newElector(t, store, "a")
		_, err := e.TryAcquire(t.Context())
		require.ErrorIs(t, err, fsm.ErrUnknownOutcome)
		var panicked *fsm.PanicError
		require.ErrorAs(t, err, &panicked)
		bug.Remove()
		stopping(t, e)
	})
}

// answering is a store that answers an acquire with another lease than it granted.
type answering struct {
	stores.Store
	with func(stores.Lease) stores.Lease
}

func (a answering) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	lease, err := a.Store.Acquire(ctx, req)
	if err != nil {
		return lease, err
	}
	return a.with(lease), nil
}

func TestAnAnswerAgainstTheContractIsNotLeadership(t *testing.T) {
	for name, with := range map[string]func(stores.Lease) stores.Lease{
		"another incarnation": func(l stores.Lease) stores.Lease { l.Incarnation = "other"; return l },
		"another attempt":     func(l stores.Lease) stores.Lease { l.Number++; return l },
		"no fence":            func(l stores.Lease) stores.Lease { l.Fence = 0; return l },
		"no time left":        func(l stores.Lease) stores.Lease { l.TimeLeft = 0; return l },
		"less than margin":    func(l stores.Lease) stores.Lease { l.TimeLeft = 10 * time.Millisecond; return l },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newElector(t, answering{memory.New(), with}, "a")
				_, err := e.TryAcquire(t.Context())
				require.ErrorIs(t, err, fsm.ErrUnknownOutcome)
				require.False(t, e.IsLeader())
				stopping(t, e)
			})
		})
	}
}

func TestAStoreThatGrantsMoreThanWasAskedForIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newElector(t, answering{memory.New(), func(l stores.Lease) stores.Lease {
			l.TimeLeft = time.Hour
			return l
		}}, "a", manual)
		term, err := e.TryAcquire(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, term.Remaining(), 3*time.Second)
		stopping(t, e)
	})
}

// A suspended machine: its monotonic clock stands still, its wall clock shows at the end how long that was.
func TestTheFirstLookAfterASuspendSeesThatTheTermIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStepped()
		e := newElector(t, memory.New(), "a", func(cfg *fsm.Config) { cfg.Clock = c })
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		derived, cancel := context.WithCancel(term.Context())
		defer cancel()
		time.Sleep(time.Minute)
		c.step(-time.Hour) // a correction shortly before must not hide the suspend
		time.Sleep(time.Second)

		c.step(4 * time.Second)
		require.ErrorIs(t, term.Context().Err(), context.Canceled)
		require.ErrorIs(t, context.Cause(term.Context()), fsm.ErrEnded)
		<-derived.Done()
		require.ErrorIs(t, context.Cause(derived), fsm.ErrEnded)
		require.Zero(t, term.Remaining())
		stopping(t, e)
	})
}

// Without anybody looking, the elector itself looks at the clock at least every 250 ms.
func TestASuspendIsNoticedWithoutALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newStepped()
		e := newElector(t, memory.New(), "a", func(cfg *fsm.Config) {
			cfg.Clock, cfg.Renewal = c, 1500*time.Millisecond
			cfg.Retry, cfg.Timeout = 300*time.Millisecond, 300*time.Millisecond
		})
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		c.step(time.Hour)
		at := time.Now()
		<-term.Context().Done()
		require.LessOrEqual(t, time.Since(at), 250*time.Millisecond)
		stopping(t, e)
	})
}

func TestStopInEveryState(t *testing.T) {
	type situation struct {
		state lifecycle.State
		bring func(t *testing.T, e *fsm.Elector, s *link)
	}
	lead := func(t *testing.T, e *fsm.Elector) *fsm.Term {
		term, err := e.Campaign(t.Context())
		require.NoError(t, err)
		return term
	}
	hang := func(s *link) { s.On(calls(), faulty.SwallowRequest()) }
	work := func(t *testing.T, term *fsm.Term) {
		_, err := term.Register(t.Context())
		require.NoError(t, err)
	}
	release := func(t *testing.T, e *fsm.Elector) { go func() { _ = e.Release(t.Context()) }() }
	stop := func(t *testing.T, e *fsm.Elector) { go func() { _ = e.Stop(t.Context()) }() }
	for _, s := range []situation{
		{lifecycle.StateIdle, func(*testing.T, *fsm.Elector, *link) {}},
		{lifecycle.StateFollowing, func(t *testing.T, e *fsm.Elector, s *link) {
			_, err := s.Inner().Acquire(t.Context(), stores.AcquireRequest{
				Election: election, Participant: "other", Attempt: stores.Attempt{Incarnation: "other", Number: 1}, Lease: time.Hour,
			})
			require.NoError(t, err)
			require.NoError(t, e.Start())
		}},
		{lifecycle.StateAcquiring, func(t *testing.T, e *fsm.Elector, s *link) {
			hang(s)
			require.NoError(t, e.Start())
		}},
		{lifecycle.StateUnresolved, func(t *testing.T, e *fsm.Elector, s *link) {
			s.Down()
			require.NoError(t, e.Start())
		}},
		{lifecycle.StateLeading, func(t *testing.T, e *fsm.Elector, _ *link) { lead(t, e) }},
		{lifecycle.StateDraining, func(t *testing.T, e *fsm.Elector, _ *link) {
			work(t, lead(t, e))
			release(t, e)
		}},
		{lifecycle.StateOverdue, func(t *testing.T, e *fsm.Elector, _ *link) {
			work(t, lead(t, e))
			release(t, e)
			time.Sleep(time.Minute)
		}},
		{lifecycle.StateReleasing, func(t *testing.T, e *fsm.Elector, s *link) {
			lead(t, e)
			hang(s)
			release(t, e)
		}},
		{lifecycle.StateStopping, func(t *testing.T, e *fsm.Elector, _ *link) {
			work(t, lead(t, e))
			stop(t, e)
		}},
		{lifecycle.StateAbandoned, func(t *testing.T, e *fsm.Elector, _ *link) {
			work(t, lead(t, e))
			require.ErrorIs(t, e.Stop(t.Context()), fsm.ErrDrainLimit)
		}},
		{lifecycle.StateLeaving, func(t *testing.T, e *fsm.Elector, s *link) {
			lead(t, e)
			hang(s)
			stop(t, e)
		}},
		{lifecycle.StateClosed, func(t *testing.T, e *fsm.Elector, _ *link) { require.NoError(t, e.Close()) }},
	} {
		for _, end := range []string{"Stop", "Close"} {
			t.Run(s.state.String()+" "+end, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					store, timers := newLink(), &counting{Clock: clock.System()}
					e := newElector(t, store, "a", func(c *fsm.Config) { c.Clock = timers })
					s.bring(t, e, store)
					synctest.Wait()
					require.Equal(t, s.state, e.State())
					var err error
					if end == "Stop" {
						err = e.Stop(context.Background())
					} else {
						err = e.Close()
					}
					if err != nil && !errors.Is(err, fsm.ErrDrainLimit) && !errors.Is(err, fsm.ErrReleaseUnknown) {
						require.NoError(t, err)
					}
					require.False(t, e.IsLeader())
					// The bubble fails the test if any goroutine is left.
					synctest.Wait()
					require.Zero(t, timers.waiting.Load(), "a timer is left")
					require.Contains(t, []lifecycle.State{lifecycle.StateIdle, lifecycle.StateAbandoned, lifecycle.StateClosed}, e.State())
				})
			})
		}
	}
}

// Many goroutines start, stop, try and release without order; afterwards the elector still works.
func TestStormsOfStartAndStop(t *testing.T) {
	store := memory.New()
	electors := []*fsm.Elector{newElector(t, store, "a"), newElector(t, store, "b")}
	var wg sync.WaitGroup
	var seen leadership.History
	for _, e := range electors {
		seen.Follow(e)
		for range 8 {
			wg.Go(func() {
				for range 50 {
					_ = e.Start()
					_, _ = e.TryAcquire(context.Background())
					seen.Look(electors[0], electors[1])
					if term := e.Term(); term != nil {
						_ = term.Err()
						_ = term.Remaining()
					}
					_, _ = e.Leader()
					_ = e.Release(context.Background())
					_ = e.Stop(context.Background())
				}
			})
		}
	}
	wg.Wait()
	for _, e := range electors {
		require.NoError(t, e.Stop(context.Background()))
		require.Equal(t, lifecycle.StateIdle, e.State())
	}
	require.NoError(t, seen.Check())
	for _, e := range electors {
		_, err := e.TryAcquire(context.Background())
		require.NoError(t, err)
		require.NoError(t, e.Close())
	}
}

func self(e *fsm.Elector) *fsm.Elector { return e }

func TestAProviderGivesOneElectorForEachName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := fsm.NewProvider(memory.New(), fsm.Config{Lease: 3 * time.Second}, self)
		require.NoError(t, err)
		a, err := p.Elector("a")
		require.NoError(t, err)
		again, err := p.Elector("a")
		require.NoError(t, err)
		require.Same(t, a, again)
		b, err := p.Elector("b")
		require.NoError(t, err)
		require.NoError(t, a.Start())
		require.NoError(t, b.Start())
		synctest.Wait()
		require.Equal(t, 2, leaders(a, b), "elections are independent")
		_, err = p.Elector("")
		require.ErrorIs(t, err, stores.ErrInvalid)
		require.NoError(t, p.Stop(t.Context()))
		require.Equal(t, 0, leaders(a, b))
		require.NoError(t, p.Close())
		_, err = p.Elector("a")
		require.ErrorIs(t, err, fsm.ErrClosed)
		_, err = fsm.NewProvider(nil, fsm.Config{Election: "x", Renewal: -1, Rand: rand.New(rand.NewPCG(1, 2))}, self)
		require.ErrorContains(t, err, "store")
		require.ErrorContains(t, err, "Election")
		require.ErrorContains(t, err, "Renewal")
		require.ErrorContains(t, err, "Rand")
	})
}
