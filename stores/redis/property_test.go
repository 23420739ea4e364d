package redis_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/stores/storetest"
	"github.com/tenure-go/tenure/stores/storetest/property"
)

// drawn is a harness for orders that are drawn by the hundred: one server and one proxy for all of them, and keys of its
// own for each.
func drawn(t *testing.T, addr string, plant func(*redis.Store)) storetest.Harness {
	t.Helper()
	proxy := redistest.StartProxy(t, addr)
	// A request that is held back holds its connection up.
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{proxy.Addr()}, PoolSize: 1000}))
	t.Cleanup(func() { _ = client.Close() })
	orders := 0
	return spoilt(storetest.Harness{New: func(t *testing.T) stores.Store {
		orders++
		store := storeOn(t, client, redis.Options{Prefix: fmt.Sprint("order ", orders)})
		plant(store)
		if orders == 1 {
			require.NoError(t, store.LoadScripts(t.Context()))
		}
		return store
	}}, func() *redistest.Proxy { return proxy })
}

// setFlag sets a flag of rapid for one test.
func setFlag(t *testing.T, name, value string) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	require.NoError(t, flag.Set(name, value))
	t.Cleanup(func() { require.NoError(t, flag.Set(name, before)) })
}

func onDrawnDouble(t *testing.T, plant func(*redis.Store)) storetest.Harness {
	t.Helper()
	server := newDouble(t)
	h := drawn(t, server.Addr(), plant)
	h.Advance = func(_ *testing.T, d time.Duration) { server.advance(d) }
	return h
}

func TestAnyOrderOfCallsOnADoubleKeepsThePromisesMade(t *testing.T) {
	setFlag(t, "rapid.checks", map[bool]string{false: "25", true: "5"}[underRace])
	property.Check(t, onDrawnDouble(t, func(*redis.Store) {}))
}

func TestAnyOrderOfCallsOnAServerKeepsThePromisesMade(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("it waits")
	}
	setFlag(t, "rapid.checks", "10")
	property.Check(t, drawn(t, redistest.Start(t).Addr(), func(*redis.Store) {}))
}

// The faults that are planted in the scripts are found; what shrinks them has a second each, over a connection.
func TestFaultsPlantedInScriptsAreFoundInSomeOrder(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("it is long")
	}
	setFlag(t, "rapid.shrinktime", "1s")
	for _, name := range []string{"a renewal shortens", "a lower attempt replaces"} {
		t.Run(name, func(t *testing.T) {
			verdict := property.Judge(t, onDrawnDouble(t, func(s *redis.Store) {
				require.Positive(t, s.Plant(planted[name][0], planted[name][1]))
			}))
			require.True(t, verdict.Failed, "the fault survives")
			t.Logf("%q", verdict.Steps)
		})
	}
}
