package locks

import (
	"context"
	"testing"
	"time"

	"github.com/bsm/redislock"
	"github.com/go-redsync/redsync/v4"
	redsyncpool "github.com/go-redsync/redsync/v4/redis/goredis/v9"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lease is what all ask for.
const lease = 30 * time.Second

// limited is a context as an elector's calls have it: its deadline is a few seconds away. The client keeps to it by itself.
type limited struct{ context.Context }

// Deadline implements [context.Context].
func (limited) Deadline() (time.Time, bool) { return time.Now().Add(4 * time.Second), true }

// contender is one kind of lock. Each has its own name on the server, and nobody else wants it.
type contender struct {
	name string
	// renew makes a holder, and returns what extends its lock.
	renew func(context.Context, testing.TB) func() error
	// cycle takes the lock and gives it back.
	cycle func(context.Context, testing.TB) func() error
}

// contenders are all kinds of lock, on one fresh server, with one client.
func contenders(t testing.TB) (goredis.UniversalClient, []contender) {
	t.Helper()
	options := redis.ForLeases(goredis.UniversalOptions{Addrs: []string{redistest.Start(t).Addr()}})
	client := goredis.NewUniversalClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client, []contender{tenure(client), lock(client), mutex(client)}
}

func tenure(client goredis.UniversalClient) contender {
	request := func(attempt uint64) stores.AcquireRequest {
		return stores.AcquireRequest{
			Election: "reports", Participant: "node-1", Lease: lease,
			Attempt: stores.Attempt{Incarnation: "5f0c2a9be1d84c77", Number: attempt},
		}
	}
	return contender{
		name: "tenure",
		renew: func(ctx context.Context, t testing.TB) func() error {
			store, err := redis.New(client, redis.Options{})
			require.NoError(t, err)
			held, err := store.Acquire(ctx, request(1))
			require.NoError(t, err)
			return func() error {
				_, err := store.Renew(ctx, stores.RenewRequest{Election: held.Election, Tenure: held.Tenure, Lease: lease})
				return err
			}
		},
		cycle: func(ctx context.Context, t testing.TB) func() error {
			store, err := redis.New(client, redis.Options{Prefix: "cycle"})
			require.NoError(t, err)
			attempt := uint64(0)
			return func() error {
				attempt++
				held, err := store.Acquire(ctx, request(attempt))
				if err != nil {
					return err
				}
				_, err = store.Release(ctx, held.Election, held.Tenure)
				return err
			}
		},
	}
}

func lock(client goredis.UniversalClient) contender {
	locks := redislock.New(client)
	return contender{
		name: "redislock",
		renew: func(ctx context.Context, t testing.TB) func() error {
			held, err := locks.Obtain(ctx, "redislock:renew", lease, nil)
			require.NoError(t, err)
			return func() error { return held.Refresh(ctx, lease, nil) }
		},
		cycle: func(ctx context.Context, _ testing.TB) func() error {
			return func() error {
				held, err := locks.Obtain(ctx, "redislock:cycle", lease, nil)
				if err != nil {
					return err
				}
				return held.Release(ctx)
			}
		},
	}
}

func mutex(client goredis.UniversalClient) contender {
	locks := redsync.New(redsyncpool.NewPool(client))
	return contender{
		name: "redsync",
		renew: func(ctx context.Context, t testing.TB) func() error {
			held := locks.NewMutex("redsync:renew", redsync.WithExpiry(lease))
			require.NoError(t, held.LockContext(ctx))
			return func() error {
				_, err := held.ExtendContext(ctx)
				return err
			}
		},
		cycle: func(ctx context.Context, _ testing.TB) func() error {
			held := locks.NewMutex("redsync:cycle", redsync.WithExpiry(lease))
			return func() error {
				if err := held.LockContext(ctx); err != nil {
					return err
				}
				_, err := held.UnlockContext(ctx)
				return err
			}
		},
	}
}
