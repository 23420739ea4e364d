package redis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// replicated is a primary and its replica, behind a proxy that can cut them apart.
func replicated(t *testing.T) (primary, replica *redistest.Server, link *redistest.Proxy) {
	t.Helper()
	primary = redistest.Start(t, redistest.Config("repl-ping-replica-period", "1"))
	link = redistest.StartProxy(t, primary.Addr())
	host, port, _ := strings.Cut(link.Addr(), ":")
	replica = redistest.Start(t, redistest.Config("replicaof", host+" "+port))
	eventually(t, "the replica is in step", func() bool {
		return strings.Contains(primary.Info(t, "replication")["slave0"], "state=online")
	})
	return primary, replica, link
}

func TestTheCheckNamesAReplica(t *testing.T) {
	_, replica, _ := replicated(t)
	findings, err := storeOn(t, clientOf(t, replica.Addr()), redis.Options{}).Check(t.Context())
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(findings), "fault: role is slave")
}

func TestAGrantIsWaitedForInItsOwnRoundTrip(t *testing.T) {
	primary, replica, _ := replicated(t)
	client := clientOf(t, primary.Addr())
	store := storeOn(t, client, redis.Options{Replicas: 1, ReplicaTimeout: 4 * time.Second})
	// A connection begins with a round trip of its own.
	_, err := client.Pipelined(t.Context(), func(pipe goredis.Pipeliner) error { return pipe.Ping(t.Context()).Err() })
	require.NoError(t, err)
	hook := &trips{}
	client.AddHook(hook)
	lease := acquire(t, store, request("alice", 1))
	require.Equal(t, int64(2), hook.pipelines.Load(), "one for the name of the script, which is new there, one for the script")
	require.NoError(t, renew(t, store, lease))
	require.NoError(t, renew(t, store, lease))
	require.Equal(t, lease.Tenure, acquire(t, store, request("alice", 1)).Tenure)
	require.Equal(t, int64(6), hook.pipelines.Load())
	require.Zero(t, hook.commands.Load())
	require.Equal(t, int64(1), replica.Client(t).Exists(t.Context(), leaseKey).Val(), "the replica has it")
	_, err = store.Acquire(t.Context(), request("bob", 1))
	require.ErrorIs(t, err, stores.ErrHeld)
	release(t, store, lease)
}

func TestAGrantThatNoReplicaHasIsSaidNotToCount(t *testing.T) {
	primary, _, link := replicated(t)
	client := clientOf(t, primary.Addr())
	patient := storeOn(t, client, redis.Options{Replicas: 1, ReplicaTimeout: 4 * time.Second})
	store := storeOn(t, client, redis.Options{Replicas: 1, ReplicaTimeout: 50 * time.Millisecond})
	held := acquire(t, patient, onElection("held", "alice", 1))
	link.Cut(redistest.BothWays)

	var short *stores.UnreplicatedError
	_, err := store.Acquire(t.Context(), request("alice", 1))
	require.ErrorIs(t, err, stores.ErrUnreplicated)
	require.ErrorAs(t, err, &short)
	require.Equal(t, stores.UnreplicatedError{Election: "orders", Tenure: short.Tenure, Wanted: 1}, *short)
	require.Equal(t, request("alice", 1).Attempt, short.Tenure.Attempt)
	_, err = store.Acquire(t.Context(), request("alice", 1))
	require.ErrorIs(t, err, stores.ErrUnreplicated, "repeated, it counts no more")
	freed, err := store.Release(t.Context(), "orders", short.Tenure)
	require.NoError(t, err)
	require.True(t, freed, "it can be given back")

	require.ErrorIs(t, renew(t, store, held), stores.ErrUnreplicated)
	link.Restore()
	eventually(t, "the replica is in step again", func() bool { return renew(t, patient, held) == nil })
}

func TestAnElectorLeadsOnlyOnceAReplicaHasItsLease(t *testing.T) {
	scenario(t)
	primary, _, link := replicated(t)
	link.Cut(redistest.BothWays)
	var each []stores.Store
	for range 2 {
		each = append(each, storeOn(t, clientOf(t, primary.Addr()), redis.Options{Replicas: 1, ReplicaTimeout: 200 * time.Millisecond}))
	}
	c := newCrew(t, each...)
	time.Sleep(2 * c.cfg.Lease) // They try, and give back.
	require.Empty(t, leaders(c))
	link.Restore()
	eventually(t, "somebody leads once the replica follows", func() bool { return len(leaders(c)) == 1 })
	c.neverTwo()
	c.fencesGrow()
}
