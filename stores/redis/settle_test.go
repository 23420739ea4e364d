package redis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// What a replica knows may be old, so it gives no definite answer, not even that a tenure is lost.
func TestAReplicaGivesNoDefiniteAnswer(t *testing.T) {
	primary, replica, link := replicated(t)
	onPrimary := storeOn(t, clientOf(t, primary.Addr()), redis.Options{})
	onReplica := storeOn(t, clientOf(t, replica.Addr()), redis.Options{})
	first := acquire(t, onPrimary, request("alice", 1))
	eventually(t, "the replica has the lease", func() bool {
		_, err := onReplica.Get(t.Context(), "orders")
		return err == nil
	})
	link.Cut(redistest.BothWays)
	release(t, onPrimary, first)
	second := acquire(t, onPrimary, request("bob", 1))
	_, repeat := onReplica.Acquire(t.Context(), request("alice", 1))
	_, other := onReplica.Acquire(t.Context(), request("carol", 1))
	_, freed := onReplica.Release(t.Context(), "orders", second.Tenure)
	_, revoked := onReplica.Revoke(t.Context(), "orders", second.Fence)
	for call, err := range map[string]error{
		"a repeat of what was released": repeat, "an acquire": other, "a renewal of what is live": renew(t, onReplica, second),
		"a release": freed, "a revocation": revoked,
	} {
		require.ErrorIs(t, err, redis.ErrReadOnly, call)
	}
}

// A and B are promoted in turn, without a restart. When A is promoted back, it is behind by a lease.
func TestAServerThatIsPromotedBackSettlesAgain(t *testing.T) {
	scenario(t)
	const lease = 3 * time.Second
	often := redistest.Config("repl-ping-replica-period", "1")
	a, b := redistest.Start(t, often), redistest.Start(t, often)
	toA, toB := redistest.StartProxy(t, a.Addr()), redistest.StartProxy(t, b.Addr())
	follow := func(replica, primary *redistest.Server, by *redistest.Proxy) {
		host, port, _ := strings.Cut(by.Addr(), ":")
		require.NoError(t, replica.Client(t).Do(t.Context(), "replicaof", host, port).Err())
		eventually(t, "the replica is in step", func() bool {
			return strings.Contains(primary.Info(t, "replication")["slave0"], "state=online")
		})
	}
	promote := func(s *redistest.Server) {
		require.NoError(t, s.Client(t).Do(t.Context(), "replicaof", "no", "one").Err())
	}
	follow(b, a, toA)
	opts := redis.Options{Settle: lease}
	onA, onB := storeOn(t, clientOf(t, a.Addr()), opts), storeOn(t, clientOf(t, b.Addr()), opts)
	asked := func(participant string) stores.AcquireRequest {
		req := request(participant, 1)
		req.Lease = lease
		return req
	}
	won, err := patient{onA}.Acquire(t.Context(), asked("alice"))
	require.NoError(t, err)
	require.Equal(t, int64(1), a.Client(t).Wait(t.Context(), 1, time.Minute).Val())
	promote(b)
	follow(a, b, toB)
	keep := func() {
		_, err := onB.Renew(t.Context(), stores.RenewRequest{Election: "orders", Tenure: won.Tenure, Lease: lease})
		require.NoError(t, err)
	}
	keep()
	toB.Cut(redistest.BothWays)
	for begun := time.Now(); time.Since(begun) < lease+time.Second; time.Sleep(50 * time.Millisecond) {
		keep()
	}
	keep()
	b.Kill()
	promote(a)
	_, err = onA.Acquire(t.Context(), asked("bob"))
	require.ErrorIs(t, err, redis.ErrSettling, "alice may still lead")
	next, err := patient{onA}.Acquire(t.Context(), asked("bob"))
	require.NoError(t, err)
	require.Greater(t, next.Fence, won.Fence)
}

func TestAnElectionThatTheServerNeverHeardOfSettlesOnce(t *testing.T) {
	server := redistest.Start(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{Settle: 200 * time.Millisecond})
	_, err := store.Acquire(t.Context(), request("alice", 1))
	var settling *redis.SettlingError
	require.ErrorAs(t, err, &settling)
	require.Positive(t, settling.Left)
	require.LessOrEqual(t, settling.Left, 200*time.Millisecond)
	first, err := patient{store}.Acquire(t.Context(), request("alice", 1))
	require.NoError(t, err)
	release(t, store, first)
	acquire(t, store, request("bob", 1))
}
