package redis_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/stores/storetest"
)

func TestMain(m *testing.M) {
	goredis.SetLogger(silent{}) // It tells of each connection that the tests break.
	// The tests wait for other processes more than they work, so more of them run at once than there are cores.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// silent is a logger of the client that says nothing.
type silent struct{}

// Printf implements the client's logger.
func (silent) Printf(context.Context, string, ...any) {}

// clientOf returns a client of a server, with the options that leases need.
func clientOf(t testing.TB, addrs ...string) goredis.UniversalClient {
	t.Helper()
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: addrs}))
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func storeOn(t testing.TB, client goredis.UniversalClient, opts redis.Options) *redis.Store {
	t.Helper()
	store, err := redis.New(client, opts)
	require.NoError(t, err)
	return store
}

// double is a miniredis whose clock a test moves.
type double struct {
	*miniredis.Miniredis
	now time.Time
}

func newDouble(t *testing.T) *double {
	t.Helper()
	d := &double{Miniredis: miniredis.RunT(t), now: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)}
	d.SetTime(d.now)
	return d
}

// advance lets time pass; step sets the clock.
func (d *double) advance(by time.Duration) {
	d.step(by)
	d.FastForward(by)
}

func (d *double) step(by time.Duration) {
	d.now = d.now.Add(by)
	d.SetTime(d.now)
}

func TestConformanceOnADouble(t *testing.T) {
	h, start := onDouble()
	storetest.Run(t, withFaults(h, start, redis.Options{}))
}

// onDouble is the harness of a store on a server whose clock the suite moves and sets, and what starts such a server.
func onDouble() (h storetest.Harness, start func(t *testing.T) (addr string)) {
	var server *double
	h = storetest.Harness{
		Advance: func(_ *testing.T, d time.Duration) { server.advance(d) },
		Step: func(_ *testing.T, d time.Duration) {
			if d < 0 {
				server.back(-d)
			} else {
				server.forward(d)
			}
		},
		Now: func(*testing.T) time.Time { return server.now },
	}
	return h, func(t *testing.T) string {
		server = newDouble(t)
		return server.Addr()
	}
}

// withFaults adds to a harness a store behind a proxy that loses answers and holds requests back. The server knows all
// scripts beforehand, so that a call is one request.
func withFaults(h storetest.Harness, start func(t *testing.T) (addr string), opts redis.Options) storetest.Harness {
	var proxy *redistest.Proxy
	checks := 0
	h.New = func(t *testing.T) stores.Store {
		checks++
		addr := start(t)
		proxy = redistest.StartProxy(t, addr)
		opts.Prefix = fmt.Sprint("check ", checks)
		store := storeOn(t, clientOf(t, proxy.Addr()), opts)
		require.NoError(t, store.LoadScripts(t.Context()))
		return store
	}
	return spoilt(h, func() *redistest.Proxy { return proxy })
}

// spoilt adds to a harness that the proxy before its store loses answers and holds requests back.
func spoilt(h storetest.Harness, proxy func() *redistest.Proxy) storetest.Harness {
	script := redistest.Command("evalsha").Times(1)
	h.Lose = func(t *testing.T, call func(context.Context)) {
		rule := proxy().On(script, redistest.ResetAfter())
		call(t.Context())
		rule.Await(1)
	}
	h.Late = func(t *testing.T, call func(context.Context)) (deliver func()) {
		rule := proxy().On(script, redistest.Hold())
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		returned := make(chan struct{})
		go func() {
			defer close(returned)
			call(ctx)
		}()
		rule.Await(1)
		cancel()
		<-returned
		return func() { require.Equal(t, 1, rule.Release()) }
	}
	return h
}

// running is the harness of a store on servers whose clock runs by itself. Each check has keys of its own: where a Cluster
// publishes late, a check would hear of what the one before it did.
func running(open func(t *testing.T, opts redis.Options) stores.Store) storetest.Harness {
	checks := 0
	return storetest.Harness{New: func(t *testing.T) stores.Store {
		checks++
		return open(t, redis.Options{Prefix: fmt.Sprint("check ", checks)})
	}}
}

func TestConformanceOnAServer(t *testing.T) {
	server := redistest.Start(t)
	storetest.Run(t, withFaults(storetest.Harness{}, func(*testing.T) string { return server.Addr() }, redis.Options{}))
}

func TestConformanceWaitingForReplicas(t *testing.T) {
	scenario(t)
	primary, _, _ := replicated(t)
	opts := redis.Options{Replicas: 1, ReplicaTimeout: 4 * time.Second}
	storetest.Run(t, withFaults(storetest.Harness{}, func(*testing.T) string { return primary.Addr() }, opts))
}

// The metadata, the waiting for replicas and the settle time change nothing of the contract.
func TestConformanceWithEveryOption(t *testing.T) {
	scenario(t)
	primary, _, _ := replicated(t)
	client := clientOf(t, primary.Addr())
	storetest.Run(t, running(func(t *testing.T, opts redis.Options) stores.Store {
		opts.Encoding, opts.Replicas, opts.ReplicaTimeout, opts.Settle = lines{}, 1, 4*time.Second, time.Millisecond
		return patient{storeOn(t, client, opts)}
	}))
}

// patient waits until the server has settled.
type patient struct{ *redis.Store }

func (p patient) Acquire(ctx context.Context, req stores.AcquireRequest) (lease stores.Lease, err error) {
	for errors.Is(err, redis.ErrSettling) || lease.Fence == 0 && err == nil {
		lease, err = p.Store.Acquire(ctx, req)
	}
	return lease, err
}
