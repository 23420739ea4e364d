package redistest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// elsewhere is a node that does not have the key's slot.
func elsewhere(c *redistest.Cluster, key string) *redistest.Server {
	owner := c.NodeOf(key)
	for _, node := range c.Nodes() {
		if node != owner {
			return node
		}
	}
	return nil
}

func clusterClient(t *testing.T, c *redistest.Cluster, proxies ...*redistest.Proxy) *redis.ClusterClient {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: c.Addrs(), ContextTimeoutEnabled: true, Dialer: redistest.Through(proxies...),
	})
	t.Cleanup(func() { client.Close() })
	return client
}

func TestACluster(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]redistest.Option{
		"open":            nil,
		"with a password": {redistest.Config("requirepass", "secret")},
		"with a user": {
			redistest.Config("user", "default off"), redistest.Config("user", "admin on >secret ~* &* +@all"),
			redistest.Login("admin", "secret"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := redistest.StartCluster(t, opts...)
			require.Len(t, c.Addrs(), 3)
			for _, key := range []string{"a", "b", "c", "d", "e"} {
				owner := c.NodeOf(key)
				require.NoError(t, owner.Client(t).Set(t.Context(), key, "v", 0).Err())
				to := elsewhere(c, key)
				require.ErrorContains(t, to.Client(t).Get(t.Context(), key).Err(), "MOVED")
				c.MoveSlot(t, key, to)
				require.Same(t, to, c.NodeOf(key))
				require.Equal(t, "v", to.Client(t).Get(t.Context(), key).Val())
				moved := owner.Client(t).Get(t.Context(), key).Err()
				require.ErrorContains(t, moved, "MOVED")
				require.ErrorContains(t, moved, to.Addr())
			}
		})
	}
}

func TestASlotThatMovesAsksAndMoves(t *testing.T) {
	t.Parallel()
	c, ctx := redistest.StartCluster(t), t.Context()
	const here, there, none = "{e}here", "{e}there", "{e}none"
	from, to := c.NodeOf(here), elsewhere(c, here)
	var proxies []*redistest.Proxy
	for _, node := range c.Nodes() {
		proxies = append(proxies, redistest.StartProxy(t, node.Addr()))
	}
	client, admin := clusterClient(t, c, proxies...), from.Client(t)
	for _, key := range []string{here, there} {
		require.NoError(t, client.Set(ctx, key, key, 0).Err())
	}
	for i := range 250 {
		require.NoError(t, admin.Set(ctx, fmt.Sprint("{e}", i), "v", 0).Err())
	}

	move := c.BeginMove(t, here, to)
	move.Keys(t, there)
	require.Equal(t, here, admin.Get(ctx, here).Val())
	require.ErrorContains(t, admin.Get(ctx, there).Err(), "ASK")
	require.ErrorContains(t, admin.Set(ctx, none, "v", 0).Err(), "ASK")
	require.ErrorContains(t, admin.MGet(ctx, here, there).Err(), "TRYAGAIN")
	require.ErrorContains(t, to.Client(t).Get(ctx, there).Err(), "MOVED")
	require.Same(t, from, c.NodeOf(here))
	require.Equal(t, there, client.Get(ctx, there).Val())
	asked := 0
	for _, proxy := range proxies {
		asked += proxy.Stats().Requests["ASKING"]
	}
	require.Positive(t, asked)

	move.Finish(t)
	require.Same(t, to, c.NodeOf(here))
	require.Zero(t, admin.DBSize(ctx).Val())
	require.ErrorContains(t, admin.Get(ctx, here).Err(), "MOVED")
	for _, key := range []string{here, there} {
		require.Equal(t, key, client.Get(ctx, key).Val())
	}
}

func TestMovingASlotToWhereItIsFailsTheTest(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t)
	rec := &recorder{TB: t}
	c.BeginMove(rec, "k", c.NodeOf("k"))
	require.NotEmpty(t, rec.failures)
	require.Contains(t, rec.failures[0], "is where it is to be moved to")
}

func TestACommandToANodeCanBeLost(t *testing.T) {
	t.Parallel()
	c, ctx := redistest.StartCluster(t), t.Context()
	proxy := redistest.StartProxy(t, c.NodeOf("k").Addr())
	proxy.On(redistest.Command("SET").Times(1), redistest.ResetAfter())
	client := clusterClient(t, c, proxy)
	require.NoError(t, client.Set(ctx, "k", "v", time.Minute).Err(), "go-redis tries again by default")
	require.Equal(t, 2, proxy.Stats().Requests["SET"])
}

func TestAClusterOutlivesTheRestartOfANode(t *testing.T) {
	t.Parallel()
	c, ctx := redistest.StartCluster(t, redistest.Config("appendonly", "yes")), t.Context()
	node := c.NodeOf("k")
	require.NoError(t, node.Client(t).Set(ctx, "k", "v", 0).Err())
	node.Kill()
	node.Restart(true)
	require.Eventually(t, func() bool { return node.Client(t).Get(ctx, "k").Val() == "v" }, soon, beat)
}
