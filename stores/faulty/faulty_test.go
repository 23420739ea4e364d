package faulty_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
	"github.com/tenure-go/tenure/stores/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const election = "reports"

func request(who string) stores.AcquireRequest {
	return stores.AcquireRequest{
		Election: election, Participant: who, Attempt: stores.Attempt{Incarnation: who, Number: 1}, Lease: time.Hour,
	}
}

// holds tells who holds the lease at the store behind the link.
func holds(t *testing.T, l *faulty.Link) string {
	t.Helper()
	lease, err := l.Inner().Get(t.Context(), election)
	if errors.Is(err, stores.ErrVacant) {
		return ""
	}
	require.NoError(t, err)
	return lease.Participant
}

// bare is a store without wake-ups.
type bare struct{ stores.Store }

func TestALinkWithoutFaultsKeepsTheContract(t *testing.T) {
	for name, through := range map[string]func(stores.Store) stores.Store{
		"with wake-ups":    func(s stores.Store) stores.Store { return s },
		"without wake-ups": func(s stores.Store) stores.Store { return bare{s} },
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now().Round(0)
			move := func(_ *testing.T, d time.Duration) { now = now.Add(d) }
			storetest.Run(t, storetest.InProcess(storetest.Harness{
				New: func(t *testing.T) stores.Store {
					l := faulty.NewLink(through(memory.New(memory.WithClock(func() time.Time { return now }))))
					t.Cleanup(l.Close)
					_, watcher := l.Store().(stores.Watcher)
					require.Equal(t, name == "with wake-ups", watcher)
					return l.Store()
				},
				Advance: move, Step: move, Now: func(*testing.T) time.Time { return now },
			}))
		})
	}
}

// What each fault does to a call: whether the store has carried it out when it returned, when that was, and whether the
// caller has the answer; and what a release brings afterwards.
func TestWhatEachFaultDoesToACall(t *testing.T) {
	cause := errors.New("a cause")
	for name, c := range map[string]struct {
		fault    faulty.Fault
		done     bool          // carried out when the call returned
		answered bool          // the caller has the store's answer
		after    time.Duration // when the call returned
		late     bool          // carried out in the end
	}{
		"fail":                    {fault: faulty.Fail(cause)},
		"fail after":              {fault: faulty.FailAfter(cause), done: true, late: true},
		"a short delay":           {fault: faulty.Delay(time.Second), done: true, answered: true, after: time.Second, late: true},
		"a long delay":            {fault: faulty.Delay(time.Minute), after: 10 * time.Second, late: true},
		"a short delay of answer": {fault: faulty.DelayReply(time.Second), done: true, answered: true, after: time.Second, late: true},
		"a long delay of answer":  {fault: faulty.DelayReply(time.Minute), done: true, after: 10 * time.Second, late: true},
		"hold":                    {fault: faulty.Hold(), after: 10 * time.Second, late: true},
		"hang":                    {fault: faulty.Hang(), done: true, answered: true, after: 20 * time.Second, late: true},
		"hang reply":              {fault: faulty.HangReply(), done: true, answered: true, after: 20 * time.Second, late: true},
		"swallow request":         {fault: faulty.SwallowRequest(), after: 10 * time.Second},
		"swallow reply":           {fault: faulty.SwallowReply(), done: true, after: 10 * time.Second, late: true},
		"duplicate":               {fault: faulty.Duplicate(), done: true, answered: true, late: true},
		"retry":                   {fault: faulty.Retry(), done: true, answered: true, late: true},
		"do": {fault: faulty.Do(func(context.Context, faulty.Op) error {
			time.Sleep(time.Second)
			return nil
		}), done: true, answered: true, after: time.Second, late: true},
		"do with an error": {fault: faulty.Do(func(context.Context, faulty.Op) error { return faulty.ErrInjected })},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := faulty.NewLink(memory.New())
				defer l.Close()
				rule := l.On(faulty.Calls(faulty.Acquire), c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				began := time.Now()
				go func() {
					time.Sleep(20 * time.Second)
					rule.Release()
				}()
				lease, err := l.Store().Acquire(ctx, request("a"))
				require.Equal(t, c.after, time.Since(began))
				require.Equal(t, c.done, holds(t, l) == "a")
				require.Equal(t, c.answered, err == nil, err)
				require.Equal(t, c.answered, lease.Fence != 0)
				if err != nil {
					require.ErrorIs(t, err, faulty.ErrInjected)
				}
				require.Equal(t, 1, rule.Hits())
				time.Sleep(time.Minute)
				require.Equal(t, c.late, holds(t, l) == "a")
				require.NoError(t, l.Check())
			})
		})
	}
}

func TestADoubledCallIsCarriedOutTwice(t *testing.T) {
	for name, c := range map[string]struct {
		fault faulty.Fault
		freed bool
	}{"duplicate": {faulty.Duplicate(), true}, "retry": {faulty.Retry(), false}} {
		t.Run(name, func(t *testing.T) {
			l := faulty.NewLink(memory.New())
			lease, err := l.Store().Acquire(t.Context(), request("a"))
			require.NoError(t, err)
			l.On(faulty.Calls(faulty.Release), c.fault)
			freed, err := l.Store().Release(t.Context(), election, lease.Tenure)
			require.NoError(t, err)
			require.Equal(t, c.freed, freed, "the second release frees nothing")
			require.Equal(t, map[string]int{name: 1}, l.Stats().Faults)
		})
	}
}

// hitsOf returns which of n calls a rule hit, as a text.
func hitsOf(t *testing.T, m faulty.Match, n int) string {
	t.Helper()
	l := faulty.NewLink(memory.New())
	l.On(m, faulty.Fail(nil))
	var hit strings.Builder
	for range n {
		_, err := l.Store().Get(t.Context(), election)
		if errors.Is(err, faulty.ErrInjected) {
			hit.WriteByte('x')
		} else {
			hit.WriteByte('.')
		}
	}
	return hit.String()
}

func TestWhichCallsARuleIsFor(t *testing.T) {
	get := faulty.Calls(faulty.Get)
	require.Equal(t, "xxxxxx", hitsOf(t, faulty.Calls(), 6))
	require.Equal(t, "xxxxxx", hitsOf(t, faulty.Calls(faulty.Renew, faulty.Get), 6))
	require.Equal(t, "......", hitsOf(t, faulty.Calls(faulty.Renew), 6))
	require.Equal(t, "xx....", hitsOf(t, get.Times(2), 6))
	require.Equal(t, "..xxxx", hitsOf(t, get.After(2), 6))
	require.Equal(t, "..x..x", hitsOf(t, get.Every(3), 6))
	require.Equal(t, "..x.x.", hitsOf(t, get.After(1).Every(2).Times(2), 6))
	drawn := hitsOf(t, get.Randomly(0.5, 1), 40)
	require.Equal(t, drawn, hitsOf(t, get.Randomly(0.5, 1), 40), "one seed draws the same")
	require.NotEqual(t, drawn, hitsOf(t, get.Randomly(0.5, 2), 40))
	require.Contains(t, drawn, "x")
	require.Contains(t, drawn, ".")
}

func TestARuleThatDidNothingIsNamed(t *testing.T) {
	l := faulty.NewLink(memory.New())
	l.On(faulty.Calls(faulty.Get).Times(1), faulty.Fail(nil))
	l.On(faulty.Calls(faulty.Renew, faulty.Release).After(1), faulty.Delay(time.Second))
	l.On(faulty.Calls(faulty.Get).After(1), faulty.Delay(0))
	l.On(faulty.Notices(), faulty.SwallowReply())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.Store().Get(ended, election)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, faulty.ErrInjected, "nothing befalls what nobody sends")
	for range 3 {
		_, _ = l.Store().Get(t.Context(), election)
	}
	err = l.Check()
	require.ErrorContains(t, err, `"renew or release, after 1: delay 1s"`)
	require.ErrorContains(t, err, `"get, after 1: delay" did nothing`)
	require.ErrorContains(t, err, `"notices: swallow reply"`)
	require.NotContains(t, err.Error(), `"get, 1 times: fail"`)
	require.Equal(t, map[string]int{"fail": 1}, l.Stats().Faults)
}

func TestTheFirstRuleThatMatchesActsAlone(t *testing.T) {
	l := faulty.NewLink(memory.New())
	first := l.On(faulty.Calls(), faulty.Fail(nil))
	second := l.On(faulty.Calls(), faulty.Fail(nil))
	_, _ = l.Store().Get(t.Context(), election)
	first.Remove()
	_, _ = l.Store().List(t.Context(), "")
	require.Equal(t, []int{1, 1}, []int{first.Hits(), second.Hits()})
}

func TestDownCutAndUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := faulty.NewLink(memory.New())
		defer l.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		notices, err := l.Store().(stores.Watcher).Watch(ctx, election)
		require.NoError(t, err)

		l.Down()
		began := time.Now()
		_, err = l.Store().Acquire(t.Context(), request("a"))
		require.ErrorIs(t, err, faulty.ErrInjected)
		require.Zero(t, time.Since(began))
		_, err = l.Store().(stores.Watcher).Watch(ctx, election)
		require.ErrorIs(t, err, faulty.ErrInjected)

		l.Cut()
		impatient, over := context.WithTimeout(t.Context(), time.Second)
		defer over()
		_, err = l.Store().Acquire(impatient, request("a"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		require.Empty(t, holds(t, l))
		_, err = l.Inner().Acquire(t.Context(), request("b"))
		require.NoError(t, err)
		synctest.Wait()
		require.Empty(t, notices)

		l.Up()
		require.Equal(t, stores.NoticeMissed, (<-notices).Kind)
		_, err = l.Store().Get(t.Context(), election)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"down": 2, "cut": 1, "lost": 1}, l.Stats().Faults)
		require.Equal(t, 2, l.Calls(faulty.Acquire))
		l.Up()
		synctest.Wait()
		require.Empty(t, notices, "it was up already")
	})
}

func TestACallThatWasCutOffFailsWhenTheLinkIsUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := faulty.NewLink(memory.New())
		defer l.Close()
		l.Cut()
		failed := make(chan error, 1)
		go func() {
			_, err := l.Store().(stores.Watcher).Watch(t.Context(), election)
			failed <- err
		}()
		time.Sleep(time.Hour)
		require.Empty(t, failed)
		l.Down() // That does not bring it back.
		l.Cut()
		synctest.Wait()
		require.Empty(t, failed)
		l.Up()
		require.ErrorIs(t, <-failed, faulty.ErrInjected)
		l.Cut()
		l.Close()
		l.Up()
	})
}

func TestCloseEndsWhatAFaultKeepsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := faulty.NewLink(memory.New())
		faults := []faulty.Fault{
			faulty.Hang(), faulty.HangReply(), faulty.Hold(), faulty.Delay(time.Hour), faulty.DelayReply(time.Hour),
			faulty.SwallowRequest(), faulty.SwallowReply(),
		}
		var rules []*faulty.Rule
		for _, f := range faults {
			rules = append(rules, l.On(faulty.Calls().Times(1), f))
		}
		var ended sync.WaitGroup
		for range faults {
			ended.Go(func() {
				_, err := l.Store().Acquire(context.Background(), request("a"))
				require.ErrorIs(t, err, faulty.ErrClosed)
			})
		}
		synctest.Wait()
		l.Close()
		l.Close()
		ended.Wait()
		for _, r := range rules {
			require.Zero(t, r.Release())
		}
		_, err := l.Store().Get(t.Context(), election)
		require.NoError(t, err, "three were carried out, and calls go through")
	})
}

func TestDelaysOnAManualClock(t *testing.T) {
	c := clock.NewManual(time.Now())
	l := faulty.NewLink(memory.New(memory.WithClock(c.Time)), faulty.WithClock(c))
	defer l.Close()
	l.On(faulty.Calls(faulty.Acquire), faulty.Delay(time.Second))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := l.Store().Acquire(ctx, request("a"))
		done <- err
	}()
	require.Eventually(t, func() bool { return c.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	require.Empty(t, holds(t, l))
	c.Advance(time.Second)
	require.Equal(t, "a", holds(t, l), "the request arrived after its caller had given up")
}

func TestALinkServesManyGoroutines(t *testing.T) {
	l := faulty.NewLink(memory.New())
	defer l.Close()
	for i, f := range []faulty.Fault{
		faulty.Fail(nil), faulty.FailAfter(nil), faulty.Delay(time.Microsecond), faulty.DelayReply(time.Microsecond), faulty.Duplicate(),
	} {
		l.On(faulty.Calls().Randomly(0.2, uint64(i)), f)
	}
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			for j := range 100 {
				req := request(strconv.Itoa(i))
				req.Attempt.Number = uint64(j + 1)
				if lease, err := l.Store().Acquire(t.Context(), req); err == nil {
					_, _ = l.Store().Release(t.Context(), election, lease.Tenure)
				}
			}
		})
	}
	running.Wait()
	require.Equal(t, 800, l.Calls(faulty.Acquire))
	require.NoError(t, l.Check())
}
