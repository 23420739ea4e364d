package redis_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// What was measured before this package was written, and must not come back: see also options_test.go for the client's
// settings, tampered_test.go for numbers beyond 2^53, wait_test.go for WAIT.

func TestACallEndsWithItsDeadlineAlsoWhereTheServerOrThePoolHangs(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr())
	options := redis.ForLeases(goredis.UniversalOptions{Addrs: []string{proxy.Addr()}, PoolSize: 1})
	options.ReadTimeout, options.PoolTimeout = time.Hour, time.Hour
	client := goredis.NewUniversalClient(options)
	t.Cleanup(func() { _ = client.Close() })
	store := storeOn(t, client, redis.Options{})
	acquire(t, store, request("alice", 1))

	hung := proxy.On(redistest.Command("evalsha", "eval"), redistest.SwallowRequest())
	late, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for late.Err() == nil { // Until one was sent and has hung, however busy the machine is.
		_, err := store.Get(late, "orders")
		require.Error(t, err, "a server that hangs")
	}

	hangs := hung.Hits()
	// One call holds the only connection; another waits for it, to its own deadline.
	held := make(chan error, 1)
	holding, release := context.WithCancel(t.Context())
	go func() {
		_, err := store.Get(holding, "orders")
		held <- err
	}()
	hung.Await(hangs + 1)
	short, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer stop()
	_, err := store.Get(short, "orders")
	require.ErrorIs(t, err, context.DeadlineExceeded, "a pool that is empty")
	release()
	require.ErrorIs(t, <-held, context.Canceled)
	proxy.ResetAll()
}

func TestAConnectionBeginsWithNoHandshakeThatTheServerRejects(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr())
	rejected := func(args [][]byte) bool {
		return len(args) > 1 && strings.EqualFold(string(args[0]), "client") && strings.EqualFold(string(args[1]), "maint_notifications")
	}
	asked := proxy.On(redistest.Request("maint_notifications", rejected), redistest.Delay(0))
	acquire(t, storeOn(t, clientOf(t, proxy.Addr()), redis.Options{}), request("alice", 1))
	require.Zero(t, asked.Hits())
	usual := goredis.NewClient(&goredis.Options{Addr: proxy.Addr()})
	t.Cleanup(func() { _ = usual.Close() })
	require.NoError(t, usual.Ping(t.Context()).Err())
	require.Equal(t, 1, asked.Hits(), "a client with its own defaults asks")
}

func TestAttemptsAreComparedExactlyBeyondWhatADoubleCanTellApart(t *testing.T) {
	server := redistest.Start(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	const large = uint64(1<<53 + 1)
	first := acquire(t, store, request("alice", large))
	_, err := store.Acquire(t.Context(), request("alice", large-1))
	require.ErrorIs(t, err, stores.ErrHeld, "a lower attempt")
	require.Greater(t, acquire(t, store, request("alice", large+1)).Fence, first.Fence, "a higher attempt")
	freed, err := store.Release(t.Context(), "orders", stores.Tenure{Attempt: stores.Attempt{Incarnation: first.Incarnation, Number: large}})
	require.NoError(t, err)
	require.False(t, freed, "a give-back of another attempt")
}

// A script that changes nothing must not even move the end of the lease, at the last millisecond either.
func TestWhoChangesNothingMovesNoEnd(t *testing.T) {
	server := redistest.Start(t)
	client := clientOf(t, server.Addr())
	store, admin := storeOn(t, client, redis.Options{}), server.Client(t)
	req := request("alice", 1)
	req.Lease = 100 * time.Millisecond
	acquire(t, store, req)
	end := admin.PExpireTime(t.Context(), leaseKey).Val()
	var strangers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		strangers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = store.Release(context.WithoutCancel(t.Context()), "orders", stores.Tenure{Attempt: stores.Attempt{Incarnation: "nobody", Number: 1}})
				}
			}
		})
	}
	for now := end; now > 0; now = admin.PExpireTime(t.Context(), leaseKey).Val() {
		require.Equal(t, end, now, "the instant of the end")
	}
	close(stop)
	strangers.Wait()
}

// One store lengthens a tenure, another repeats its acquire and renews it for less: nothing is shortened.
func TestTheShortRenewalShortensNoLeaseThatAnotherStoreLengthened(t *testing.T) {
	server := newDouble(t)
	one := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	other := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	lease := acquire(t, one, request("alice", 1))
	_, err := other.Renew(t.Context(), stores.RenewRequest{Election: "orders", Tenure: lease.Tenure, Lease: time.Hour})
	require.NoError(t, err)
	require.Equal(t, time.Hour, acquire(t, one, request("alice", 1)).TimeLeft)
	require.NoError(t, renew(t, one, lease))
	require.Equal(t, time.Hour, mustGet(t, one, "orders").TimeLeft)
}

func TestAReplacementExceedsTheLeaseThatItReplacesAlsoWhereTheLastFenceIsGone(t *testing.T) {
	server := newDouble(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	first := acquire(t, store, request("alice", 1))
	server.Del(fenceKey)
	server.back(time.Hour)
	require.Greater(t, acquire(t, store, request("alice", 2)).Fence, first.Fence)
}

func TestTheFenceNeverExpires(t *testing.T) {
	server := redistest.Start(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	release(t, store, acquire(t, store, request("alice", 1)))
	left, err := server.Client(t).PTTL(t.Context(), fenceKey).Result()
	require.NoError(t, err)
	require.Equal(t, time.Duration(-1), left, "the server's word for never")
}

func TestEveryKeyHasThePrefixAndIsInTheClientsDatabase(t *testing.T) {
	server := redistest.Start(t)
	admin := server.Client(t)
	opts := redis.Options{Prefix: "my app", Settle: time.Millisecond}
	in := func(database int) *redis.Store {
		client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{server.Addr()}, DB: database}))
		t.Cleanup(func() { _ = client.Close() })
		return storeOn(t, client, opts)
	}
	third, fourth := in(3), in(4)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	notices, err := fourth.Watch(ctx, "orders")
	require.NoError(t, err)
	eventually(t, "the server has settled", func() bool {
		_, err := third.Acquire(t.Context(), request("alice", 1))
		return err == nil
	})
	require.Empty(t, admin.Keys(t.Context(), "*").Val(), "keys of database 0")
	pipe := admin.Pipeline()
	pipe.Select(t.Context(), 3)
	keys := pipe.Keys(t.Context(), "*")
	pipe.Select(t.Context(), 0)
	_, err = pipe.Exec(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"my app:{orders}:lease", "my app:{orders}:fence", "my app:{orders}:mark"}, keys.Val())

	_, err = fourth.Get(t.Context(), "orders")
	require.ErrorIs(t, err, stores.ErrVacant, "another database")
	lease := mustGet(t, third, "orders")
	require.NoError(t, renew(t, third, lease))
	select {
	case notice := <-notices:
		require.Fail(t, "a notice from another database", "%v", notice)
	default:
	}
	require.Empty(t, mustList(t, storeOn(t, clientOf(t, server.Addr()), redis.Options{Prefix: "my"})))
}

func mustList(t *testing.T, store *redis.Store) []stores.Lease {
	t.Helper()
	leases, err := store.List(t.Context(), "")
	require.NoError(t, err)
	return leases
}
