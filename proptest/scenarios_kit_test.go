package proptest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

// wrong is what is planted in a scenario, which must then fail.
type wrong struct {
	// store puts a store that breaks its contract before the one in memory.
	store func(stores.Store) stores.Store
	// believes puts something before an elector that says that it leads where it does not.
	believes func(*elector.Elector) leadership.Elector
	// still lets a clock stand still, both its parts, when the scenario says so.
	still bool
	// ppm is added to the rate of a clock, and steps to how often one is set.
	ppm, steps int
}

// cast is electors on real drivers in virtual time, each over a link of its own to one store, all of which a history sees.
// It takes the failures of a scenario in the place of a test.
type cast struct {
	wrong    wrong
	store    stores.Store
	history  leadership.History
	electors []*elector.Elector
	seen     []leadership.Elector
	links    []*faulty.Link
	clock    *stillClock
	failures []string
}

// Errorf makes a cast what require reports to.
func (s *cast) Errorf(format string, args ...any) {
	s.failures = append(s.failures, fmt.Sprintf(format, args...))
}

// FailNow ends the scenario.
func (s *cast) FailNow() { runtime.Goexit() }

// castConfig is what electors of a cast have: a lease of 3 s, a renewal each second, and half a second for a call.
func castConfig(name string) elector.Config {
	return elector.Config{Election: "reports", Participant: name, Lease: 3 * time.Second, Jitter: elector.NoJitter}
}

// join adds an elector with a link of its own.
func (s *cast) join(name string, with ...func(*elector.Config)) (*elector.Elector, *faulty.Link) {
	link := faulty.NewLink(s.store)
	cfg := castConfig(name)
	for _, w := range with {
		w(&cfg)
	}
	e, err := elector.New(link.Store(), cfg)
	require.NoError(s, err)
	s.history.Follow(e)
	var seen leadership.Elector = e
	if s.wrong.believes != nil {
		seen = s.wrong.believes(e)
	}
	s.electors, s.links, s.seen = append(s.electors, e), append(s.links, link), append(s.seen, seen)
	return e, link
}

// pass lets time pass, and looks at all electors each 10 ms.
func (s *cast) pass(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		s.history.Look(s.seen...)
		time.Sleep(min(10*time.Millisecond, time.Until(end)))
	}
	synctest.Wait()
}

// until lets time pass until the condition holds, and fails the scenario if it does not within d.
func (s *cast) until(d time.Duration, what string, holds func() bool) {
	end := time.Now().Add(d)
	for synctest.Wait(); !holds(); s.pass(10 * time.Millisecond) {
		require.True(s, time.Now().Before(end), "not within %v: %s", d, what)
	}
	s.history.Look(s.seen...)
}

// leads waits until the elector leads, as long as the settings of castConfig say that it takes after a crash.
func (s *cast) leads(e *elector.Elector) *elector.Term {
	s.until(castConfig("").Failover().Crash, e.Participant()+" leads", e.IsLeader)
	return e.Term()
}

// holder is who holds the lease at the store, or nobody.
func (s *cast) holder() string {
	lease, err := s.store.Get(context.Background(), "reports")
	if errors.Is(err, stores.ErrVacant) {
		return "nobody"
	}
	require.NoError(s, err)
	return lease.Participant
}

// losses are how many tenures were told to be over.
func (s *cast) losses() (n int) {
	for _, e := range s.history.Events() {
		if e.Kind == leadership.Lost {
			n++
		}
	}
	return n
}

// enact plays a scenario in a bubble, and returns what failed.
func enact(t *testing.T, wrong wrong, scenario func(*cast)) (failures string) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		s := &cast{wrong: wrong, store: memory.New()}
		if wrong.store != nil {
			s.store = wrong.store(s.store)
		}
		s.clock = &stillClock{Clock: clock.System()}
		over := make(chan struct{})
		// In a goroutine of its own, which FailNow can end.
		go func() {
			defer close(over)
			scenario(s)
			s.pass(time.Second)
			for _, link := range s.links {
				require.NoError(s, link.Check())
			}
		}()
		<-over
		if err := s.history.Check(); err != nil {
			s.Errorf("%v", err)
		}
		for _, link := range s.links {
			link.Close()
		}
		s.clock.thaw()
		for _, e := range s.electors {
			_ = e.Close()
		}
		failures = strings.Join(s.failures, "\n")
	})
	return failures
}

// holds requires that the scenario holds.
func holds(t *testing.T, scenario func(*cast)) {
	t.Helper()
	require.Empty(t, enact(t, wrong{}, scenario))
}

// fails requires that the scenario fails with what is planted, and says why.
func fails(t *testing.T, because string, planted wrong, scenario func(*cast)) {
	t.Helper()
	require.Contains(t, enact(t, planted, scenario), because)
}

// stillClock is the bubble's clock, but for the time during which it stood still.
type stillClock struct {
	clock.Clock
	mu     sync.Mutex
	frozen bool
	at     clock.Reading
	behind time.Duration
}

func (c *stillClock) Now() clock.Reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		return c.at
	}
	return c.Clock.Now().Add(-c.behind)
}

func (c *stillClock) freeze() {
	now := c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen, c.at = true, now
}

func (c *stillClock) thaw() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		c.frozen, c.behind = false, c.Clock.Now().Since(c.at)
	}
}

// on gives an elector the cast's clock.
func (s *cast) on(c *elector.Config) { c.Clock = s.clock }

// Wrong stores, each as some real system is or was.

// releasing frees the lease for whoever asks.
type releasing struct{ stores.Store }

func (r releasing) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	if lease, err := r.Get(ctx, election); err == nil {
		tenure = lease.Tenure
	}
	return r.Store.Release(ctx, election, tenure)
}

// forgiving answers a renewal that it refuses as if it had not.
type forgiving struct{ stores.Store }

func (f forgiving) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	lease, err := f.Store.Renew(ctx, req)
	if errors.Is(err, stores.ErrLost) {
		return stores.Lease{Election: req.Election, Tenure: req.Tenure, TimeLeft: req.Lease}, nil
	}
	return lease, err
}

// recreating renews a lease that is over by making a new one.
type recreating struct{ stores.Store }

func (r recreating) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	lease, err := r.Store.Renew(ctx, req)
	if !errors.Is(err, stores.ErrLost) {
		return lease, err
	}
	return r.Acquire(ctx, stores.AcquireRequest{
		Election: req.Election, Participant: "risen", Attempt: req.Tenure.Attempt, Lease: req.Lease,
	})
}

// remembering answers a repeated acquire as it answered the first.
type remembering struct {
	stores.Store
	mu      *sync.Mutex
	granted map[stores.Attempt]stores.Lease
}

func newRemembering(s stores.Store) stores.Store {
	return remembering{s, &sync.Mutex{}, map[stores.Attempt]stores.Lease{}}
}

func (r remembering) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if lease, known := r.granted[req.Attempt]; known {
		return lease, nil
	}
	lease, err := r.Store.Acquire(ctx, req)
	if err == nil {
		r.granted[req.Attempt] = lease
	}
	return lease, err
}

// keepingOrphans does not know what to do with an attempt that is given back.
type keepingOrphans struct{ stores.Store }

func (k keepingOrphans) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	if tenure.Fence == 0 {
		return false, nil
	}
	return k.Store.Release(ctx, election, tenure)
}

// byName takes participants with one name for one participant.
type byName struct{ stores.Store }

func (n byName) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	if held, err := n.Get(ctx, req.Election); err == nil && held.Participant == req.Participant {
		_, _ = n.Release(ctx, req.Election, held.Tenure)
	}
	return n.Store.Acquire(ctx, req)
}

// byOwnTime lets a candidate judge by its own lease time whether the holder's lease is over.
type byOwnTime struct {
	stores.Store
	mu      *sync.Mutex
	touched *time.Time
}

func newByOwnTime(s stores.Store) stores.Store { return byOwnTime{s, &sync.Mutex{}, &time.Time{}} }

func (o byOwnTime) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lease, err := o.Store.Acquire(ctx, req)
	if held, ok := errors.AsType[*stores.HeldError](err); ok && time.Since(*o.touched) >= req.Lease {
		_, _ = o.Release(ctx, req.Election, held.Lease.Tenure)
		lease, err = o.Store.Acquire(ctx, req)
	} else if ok {
		held.Lease.TimeLeft = req.Lease - time.Since(*o.touched)
	}
	if err == nil {
		*o.touched = time.Now()
	}
	return lease, err
}

func (o byOwnTime) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lease, err := o.Store.Renew(ctx, req)
	if err == nil {
		*o.touched = time.Now()
	}
	return lease, err
}

// believer goes on believing in its last tenure.
func believer(e *elector.Elector) leadership.Elector { return &keeping{Elector: e} }

// tenures are the fences under which somebody was seen to lead.
func (s *cast) tenures() (fences []uint64) {
	for _, e := range s.history.Events() {
		if e.Kind == leadership.Led && !slices.Contains(fences, e.Fence) {
			fences = append(fences, e.Fence)
		}
	}
	return fences
}
