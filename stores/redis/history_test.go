package redis_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest/history"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// gated keeps calls from being made while the double's clock is moved, which takes it two steps.
type gated struct {
	stores.Store
	gate *sync.RWMutex
}

func (g gated) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Acquire(ctx, req)
}

func (g gated) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Renew(ctx, req)
}

func (g gated) Release(ctx context.Context, election string, t stores.Tenure) (bool, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Release(ctx, election, t)
}

func (g gated) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Revoke(ctx, election, fence)
}

func (g gated) Get(ctx context.Context, election string) (stores.Lease, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Get(ctx, election)
}

func (g gated) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.List(ctx, prefix)
}

// onDoubleHistory makes a load on a double, whose clock is the history's, so that times are exact.
func onDoubleHistory(t *testing.T, load history.Load, plant func(*redis.Store)) (history.Result, error) {
	t.Helper()
	server := newDouble(t)
	begun, gate := server.now, &sync.RWMutex{}
	recorder := &history.Recorder{Now: func() time.Duration {
		gate.RLock()
		defer gate.RUnlock()
		return server.now.Sub(begun)
	}}
	load.Pause = func(d time.Duration) {
		gate.Lock()
		defer gate.Unlock()
		server.advance(d.Round(time.Millisecond))
	}
	var each []stores.Store
	for range 3 {
		store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
		plant(store)
		each = append(each, gated{store, gate})
	}
	load.Run(t.Context(), recorder, each...)
	return history.Check(recorder.History(), history.Options{Doubled: load.Twice > 0})
}

func TestWhatADoubleTellsManyClientsIsLinearizable(t *testing.T) {
	t.Parallel()
	calls := 200
	if testing.Short() || underRace {
		calls = 30
	}
	for name, load := range map[string]history.Load{
		"all answered": {Elections: 4, Clients: 6, Calls: calls},
		"some astray":  {Elections: 4, Clients: 6, Calls: calls, Astray: 0.05},
		"some twice":   {Elections: 4, Clients: 6, Calls: calls, Astray: 0.02, Twice: 0.05},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := onDoubleHistory(t, load, func(*redis.Store) {})
			require.NoError(t, err, "%v", result)
			t.Log(result)
		})
	}
}

// Faults that are planted in the scripts show in the answers.
func TestFaultsPlantedInScriptsAreNotLinearizable(t *testing.T) {
	t.Parallel()
	for i, name := range []string{
		"everybody is granted", "a lower attempt replaces", "a repeat is granted anew", "the fence is not the clock and the last is forgotten",
		"a revocation is ignored", "a release compares nothing", "a revocation does not compare",
	} {
		t.Run(name, func(t *testing.T) {
			if (testing.Short() || underRace) && i > 0 {
				t.Skip("one of them will do")
			}
			plant := func(s *redis.Store) {
				if fault, ok := planted[name]; ok {
					require.Positive(t, s.Plant(fault[0], fault[1]))
					return
				}
				require.Positive(t, s.Plant(planted["the fence is not the clock"][0], planted["the fence is not the clock"][1]))
				require.Positive(t, s.Plant(planted["the last fence is forgotten"][0], planted["the last fence is forgotten"][1]))
			}
			var err error
			for seed := uint64(0); err == nil && seed < 20; seed++ {
				_, err = onDoubleHistory(t, history.Load{Elections: 2, Clients: 4, Calls: 150, Astray: 0.1, Seed: seed}, plant)
			}
			require.ErrorIs(t, err, history.ErrViolated)
			t.Log(err)
		})
	}
}

// everyNth is a match for every n-th call of a store.
func everyNth(n int64) redistest.Match {
	var count atomic.Int64
	return redistest.Request("every so many calls", func(args [][]byte) bool {
		return len(args) > 0 && string(args[0]) == "evalsha" && count.Add(1)%n == 0
	})
}

// On a real server, each client behind a proxy of its own that loses requests and replies, lets them come late, or doubles
// them. The time is the machine's: the server counts in milliseconds, and by a reading of its clock that is a little old.
func TestWhatAServerTellsManyClientsIsLinearizable(t *testing.T) {
	for name, c := range map[string]struct {
		faults  []redistest.Fault
		doubled bool
	}{
		"all answered": {},
		"lost":         {faults: []redistest.Fault{redistest.SwallowReply(), redistest.SwallowRequest(), redistest.ResetAfter(), redistest.Reset()}},
		"late":         {faults: []redistest.Fault{redistest.Delay(90 * time.Millisecond), redistest.Delay(20 * time.Millisecond), redistest.DelayReply(90 * time.Millisecond)}},
		"doubled":      {faults: []redistest.Fault{redistest.Duplicate(), redistest.SwallowReply(), redistest.Delay(90 * time.Millisecond)}, doubled: true},
	} {
		t.Run(name, func(t *testing.T) {
			scenario(t)
			server := redistest.Start(t)
			var each []stores.Store
			var proxies []*redistest.Proxy
			for range 6 {
				proxy := redistest.StartProxy(t, server.Addr())
				store := storeOn(t, clientOf(t, proxy.Addr()), redis.Options{})
				require.NoError(t, store.LoadScripts(t.Context()))
				for i, fault := range c.faults {
					proxy.On(everyNth(int64(37+10*i)), fault).Optional()
				}
				proxies, each = append(proxies, proxy), append(each, store)
			}
			var recorder history.Recorder
			load := history.Load{Elections: 4, Clients: 12, Calls: 250, Timeout: 60 * time.Millisecond, Lease: 60 * time.Millisecond}
			load.Run(t.Context(), &recorder, each...)
			result, err := history.Check(recorder.History(), history.Options{
				Tolerance: 3 * time.Millisecond, Drift: 0.001, Doubled: c.doubled,
			})
			t.Logf("%v; faults: %s", result, faultsOf(proxies))
			require.NoError(t, err)
			for _, fault := range c.faults {
				require.Contains(t, faultsOf(proxies), fault.String()[:5], "a fault that was never done")
			}
		})
	}
}
