package redisguard_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// cluster is one node that has all slots, and is as strict about keys as many are.
func cluster(t *testing.T) *redis.ClusterClient {
	t.Helper()
	server := redistest.Start(t, redistest.Config("cluster-enabled", "yes"))
	node := clientOf(t, server.Addr())
	require.NoError(t, node.ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
	require.Eventually(t, func() bool {
		return strings.Contains(node.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	}, 30*time.Second, 10*time.Millisecond)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr()}})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestALateSetIsRefusedOnACluster(t *testing.T) {
	client := cluster(t)
	guard := newGuard(t, client)
	require.NoError(t, guard.Set(t.Context(), bodyKey, "new", token(8, "b")))
	require.ErrorIs(t, guard.Set(t.Context(), "report", "late", token(7, "a")), fencing.ErrStale)
	require.NoError(t, guard.Set(t.Context(), "report", "its tag is all of it", token(8, "b")))
}

// The keys that a guard takes are in its slot, by the Cluster's word, and those that it does not take are not.
func TestTheClusterAgreesOnSlots(t *testing.T) {
	client := cluster(t)
	guard := newGuard(t, client)
	slot := client.ClusterKeySlot(t.Context(), fenceKey).Val()
	for _, key := range []string{
		bodyKey, "report", "x{report}", "{report}{other}", "{report}}", "}{report}", "{reports}", "{Report}", "{}{report}",
		"{}report", "{{report}}", "{report", "report}", "{other}{report}", "", "{ report}", "a}b{report}c",
	} {
		err := guard.Set(t.Context(), key, "value", token(7, "a"))
		if client.ClusterKeySlot(t.Context(), key).Val() == slot {
			require.NoError(t, err, key)
		} else {
			require.ErrorIs(t, err, stores.ErrInvalid, key)
		}
	}
}
