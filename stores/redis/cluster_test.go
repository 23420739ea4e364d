package redis_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/stores/storetest"
)

func ofCluster(t testing.TB, c *redistest.Cluster, change ...func(*goredis.ClusterOptions)) *goredis.ClusterClient {
	t.Helper()
	options := redis.ForLeases(goredis.UniversalOptions{Addrs: c.Addrs()}).Cluster()
	for _, f := range change {
		f(options)
	}
	client := goredis.NewClusterClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestConformanceOnACluster(t *testing.T) {
	scenario(t)
	cluster := redistest.StartCluster(t)
	client := ofCluster(t, cluster)
	storetest.Run(t, running(func(t *testing.T, opts redis.Options) stores.Store { return storeOn(t, client, opts) }))
}

// elsewhere is a node that does not have the key.
func elsewhere(c *redistest.Cluster, key string) *redistest.Server {
	for _, node := range c.Nodes() {
		if node.Addr() != c.NodeOf(key).Addr() {
			return node
		}
	}
	return nil
}

func TestASlotThatMovesEndsNoTenure(t *testing.T) {
	scenario(t)
	cluster := redistest.StartCluster(t)
	var each []stores.Store
	for range 3 {
		each = append(each, storeOn(t, ofCluster(t, cluster), redis.Options{}))
	}
	c := newCrewOf(t, steady(), each...)
	leader, fence := c.settled()
	for range 3 {
		move := cluster.BeginMove(t, leaseKey, elsewhere(cluster, leaseKey))
		renewals(t, cluster.NodeOf(leaseKey), 2) // by the node that the slot leaves
		move.Finish(t)
		renewals(t, cluster.NodeOf(leaseKey), 2) // and by its new one
	}
	c.same(leader, fence)
	require.NoError(t, c.electors[leader].Release(t.Context()))
	again(t, c, fence, "released after three moves")
	c.neverTwo()
	c.fencesGrow()
}

func TestAClientThatFollowsNoMoveIsToldSoByATypedError(t *testing.T) {
	scenario(t)
	cluster := redistest.StartCluster(t)
	client := ofCluster(t, cluster, func(o *goredis.ClusterOptions) { o.MaxRedirects = -1 })
	store := storeOn(t, client, redis.Options{})
	lease := acquire(t, store, request("alice", 1))
	cluster.MoveSlot(t, leaseKey, elsewhere(cluster, leaseKey))
	require.ErrorIs(t, renew(t, store, lease), redis.ErrMoved)
	eventually(t, "the client has heard of the move", func() bool { return renew(t, store, lease) == nil })

	follows := storeOn(t, ofCluster(t, cluster), redis.Options{})
	mustGet(t, follows, "orders")
	move := cluster.BeginMove(t, leaseKey, elsewhere(cluster, leaseKey))
	move.Keys(t, leaseKey) // The lease has moved, its fence has not.
	require.NoError(t, renew(t, follows, lease), "by ASK")
	_, err := follows.Acquire(t.Context(), request("bob", 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, stores.ErrHeld, "keys that are in two places are no answer")
	require.ErrorIs(t, err, redis.ErrMoved)
	move.Finish(t)
	_, err = follows.Acquire(t.Context(), request("bob", 1))
	require.ErrorIs(t, err, stores.ErrHeld)
}

func TestElectionsAreSpreadOverTheClusterAndListedFromAllOfIt(t *testing.T) {
	scenario(t)
	cluster := redistest.StartCluster(t)
	store := storeOn(t, ofCluster(t, cluster), redis.Options{})
	nodes := map[string]bool{}
	for i := range 30 {
		election := fmt.Sprintf("job %02d", i)
		acquire(t, store, onElection(election, "alice", 1))
		nodes[cluster.NodeOf("tenure:{"+election+"}:lease").Addr()] = true
	}
	require.Len(t, nodes, 3)
	leases, err := store.List(t.Context(), "job ")
	require.NoError(t, err)
	require.Len(t, leases, 30)
	for i, lease := range leases {
		require.Equal(t, fmt.Sprintf("job %02d", i), lease.Election)
	}
	findings, err := store.Check(t.Context())
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(findings), "fault")
}

// In a Cluster, a grant and its WAIT must reach the same node.
func TestReplicasAreWaitedForOnTheNodeThatHasTheElection(t *testing.T) {
	scenario(t)
	cluster := redistest.StartCluster(t)
	store := storeOn(t, ofCluster(t, cluster), redis.Options{Replicas: 1, ReplicaTimeout: 10 * time.Millisecond})
	for i := range 10 {
		_, err := store.Acquire(t.Context(), onElection(fmt.Sprint("job ", i), "alice", 1))
		require.ErrorIs(t, err, stores.ErrUnreplicated, "no master has a replica here")
	}
	cluster.MoveSlot(t, leaseKey, elsewhere(cluster, leaseKey))
	eventually(t, "the node that the election moved to", func() bool {
		_, err := store.Acquire(t.Context(), request("alice", 1))
		return errors.Is(err, stores.ErrUnreplicated)
	})
}
