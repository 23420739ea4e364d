package property_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
	"github.com/tenure-go/tenure/stores/storetest"
	"github.com/tenure-go/tenure/stores/storetest/property"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// onMemory is the harness of what is made of a store in memory.
func onMemory(wrap func(*memory.Store) stores.Store) storetest.Harness {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	return storetest.InProcess(storetest.Harness{
		New: func(*testing.T) stores.Store {
			return wrap(memory.New(memory.WithClock(func() time.Time { return now })))
		},
		Advance: func(_ *testing.T, d time.Duration) { now = now.Add(d) },
		Now:     func(*testing.T) time.Time { return now },
	})
}

// faulty is a store with a planted fault, which the property must find.
type faulty struct {
	*memory.Store
	acquire func(*stores.AcquireRequest)
	// renew and release change the tenure that a renewal or release acts on; live is the one that holds.
	renew, release        func(live, asked stores.Tenure) stores.Tenure
	deaf, free, leavesOut bool
	resurrects            map[uint64]stores.AcquireRequest
}

func (s faulty) live(election string) stores.Tenure {
	lease, _ := s.Get(context.Background(), election)
	return lease.Tenure
}

func (s faulty) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	if s.acquire != nil {
		s.acquire(&req)
	}
	if live := s.live(req.Election); s.free && live.Attempt == req.Attempt {
		_, _ = s.Store.Release(ctx, req.Election, live)
	}
	lease, err := s.Store.Acquire(ctx, req)
	if s.resurrects != nil && err == nil {
		s.resurrects[lease.Fence] = req
	}
	return lease, err
}

func (s faulty) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	if live := s.live(req.Election); s.renew != nil && live.Fence != 0 {
		req.Tenure = s.renew(live, req.Tenure)
	}
	if again, ok := s.resurrects[req.Tenure.Fence]; ok && s.live(req.Election).Fence == 0 {
		return s.Store.Acquire(ctx, again)
	}
	return s.Store.Renew(ctx, req)
}

func (s faulty) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	if live := s.live(election); s.release != nil && live.Fence != 0 {
		tenure = s.release(live, tenure)
	}
	return s.Store.Release(ctx, election, tenure)
}

func (s faulty) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	if s.deaf {
		return s.live(election).Fence == fence, nil
	}
	return s.Store.Revoke(ctx, election, fence)
}

func (s faulty) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	all, err := s.Store.List(ctx, prefix)
	if s.leavesOut && len(all) > 1 {
		all = all[:1]
	}
	return all, err
}

// sameIncarnation stands for a comparison of the incarnation only.
func sameIncarnation(live, asked stores.Tenure) stores.Tenure {
	if live.Incarnation == asked.Incarnation {
		return live
	}
	return asked
}

// sameAttempt stands for a comparison of the attempt only.
func sameAttempt(live, asked stores.Tenure) stores.Tenure {
	if live.Attempt == asked.Attempt {
		return live
	}
	return asked
}

func anyTenure(live, _ stores.Tenure) stores.Tenure { return live }

// Each fault is found, and told in no more steps than it takes, give or take one.
func TestPlantedFaultsAreFoundInFewSteps(t *testing.T) {
	for name, c := range map[string]struct {
		faulty
		most int
	}{
		"the highest fence seen is ignored":       {faulty{acquire: func(r *stores.AcquireRequest) { r.HighestFence = 0 }}, 2},
		"everybody is one incarnation":            {faulty{acquire: func(r *stores.AcquireRequest) { r.Attempt.Incarnation = "a" }}, 2},
		"a lease is a second longer":              {faulty{acquire: func(r *stores.AcquireRequest) { r.Lease += time.Second }}, 2},
		"metadata is left out":                    {faulty{acquire: func(r *stores.AcquireRequest) { r.Metadata = nil }}, 2},
		"a repetition is a new grant":             {faulty{free: true}, 3},
		"a renewal compares nothing":              {faulty{renew: anyTenure}, 4},
		"a renewal does not compare the fence":    {faulty{renew: sameAttempt}, 5},
		"a renewal brings back what is over":      {faulty{resurrects: map[uint64]stores.AcquireRequest{}}, 4},
		"a release compares nothing":              {faulty{release: anyTenure}, 4},
		"a release compares the incarnation only": {faulty{release: sameIncarnation}, 4},
		"a release does not compare the fence":    {faulty{release: sameAttempt}, 5},
		"a revocation is ignored":                 {faulty{deaf: true}, 3},
		"a list leaves out":                       {faulty{leavesOut: true}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			if (testing.Short() || underRace) && c.most > 3 {
				t.Skip("it takes long to shrink")
			}
			verdict := property.Judge(t, onMemory(func(s *memory.Store) stores.Store {
				c.Store = s
				return c.faulty
			}))
			require.True(t, verdict.Failed, "the fault survives")
			t.Log(verdict.Steps)
			require.LessOrEqual(t, len(verdict.Steps), c.most, "%q", verdict.Steps)
			require.NotEmpty(t, verdict.Log)
		})
	}
}

func TestAStoreWithoutFaultPasses(t *testing.T) {
	verdict := property.Judge(t, onMemory(func(s *memory.Store) stores.Store { return s }))
	require.False(t, verdict.Failed, verdict.Log)
	require.Empty(t, verdict.Steps)
}

// On the system's clock: what is near the end of a lease is not judged, and the rest is.
func TestInRealTime(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("it waits")
	}
	set(t, "rapid.checks", "5")
	inRealTime := func(newStore func() stores.Store) property.Verdict {
		return property.Judge(t, storetest.InProcess(storetest.Harness{New: func(*testing.T) stores.Store { return newStore() }}))
	}
	verdict := inRealTime(func() stores.Store { return memory.New() })
	require.False(t, verdict.Failed, verdict.Log)
	set(t, "rapid.checks", "100")
	set(t, "rapid.shrinktime", "1s")
	verdict = inRealTime(func() stores.Store { return faulty{Store: memory.New(), release: anyTenure} })
	require.True(t, verdict.Failed, "the fault survives")
	require.Contains(t, verdict.Log, "whether a lease was freed")
}

// In a bubble the system's clock is the bubble's.
func TestInABubble(t *testing.T) {
	property.CheckInBubble(t, storetest.InProcess(storetest.Harness{
		New:       func(*testing.T) stores.Store { return memory.New() },
		Tolerance: time.Nanosecond,
	}))
}

// set sets a flag of rapid for one test.
func set(t *testing.T, name, value string) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	require.NoError(t, flag.Set(name, value))
	t.Cleanup(func() { require.NoError(t, flag.Set(name, before)) })
}

// A store of one's own, in any order of calls.
func ExampleCheck() {
	check := func(t *testing.T) { // TestMyStoreInAnyOrder
		property.Check(t, storetest.InProcess(storetest.Harness{
			New: func(*testing.T) stores.Store { return memory.New() },
		}))
	}
	fmt.Printf("%T\n", check)
	// Output: func(*testing.T)
}

// That a broken store is found out, and in how few steps.
func ExampleJudge() {
	judge := func(t *testing.T) { // TestMyBrokenStoreIsFoundOut
		verdict := property.Judge(t, storetest.InProcess(storetest.Harness{
			New: func(*testing.T) stores.Store { return faulty{Store: memory.New(), deaf: true} },
		}))
		require.True(t, verdict.Failed)
		require.LessOrEqual(t, len(verdict.Steps), 3)
	}
	fmt.Printf("%T\n", judge)
	// Output: func(*testing.T)
}
