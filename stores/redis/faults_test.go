package redis_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// direct is a crew of three on a server.
func direct(t *testing.T, server *redistest.Server, opts redis.Options) *crew {
	t.Helper()
	var each []stores.Store
	for range 3 {
		each = append(each, storeOn(t, clientOf(t, server.Addr()), opts))
	}
	return newCrew(t, each...)
}

// again waits for the next leader after a fault, and tells how long that took.
func again(t *testing.T, c *crew, above uint64, what string) uint64 {
	t.Helper()
	leader, fence, after := c.leads(above)
	t.Logf("%s: participant %d leads %v later, computed worst case %v", what, leader, after.Round(time.Millisecond), c.cfg.Failover().Worst)
	return fence
}

func TestAServerThatIsKilledAndRestartedWithItsData(t *testing.T) {
	scenario(t)
	server := redistest.Start(t, redistest.Config("appendonly", "yes"), redistest.Config("appendfsync", "always"))
	c := direct(t, server, redis.Options{})
	_, fence := c.settled()
	server.Kill()
	eventually(t, "nobody leads without a server", func() bool { return len(leaders(c)) == 0 })
	server.Restart(true)
	again(t, c, fence, "restarted with its data")
	c.neverTwo()
	c.fencesGrow()
}

func leaders(c *crew) (leading []int) {
	for i, e := range c.electors {
		if e.IsLeader() {
			leading = append(leading, i)
		}
	}
	return leading
}

// The server comes back at once and knows of no lease. Two may lead, as the documentation says, but under fences of which
// the younger leader's is higher.
func TestAServerThatIsRestartedWithoutItsDataMayLetTwoLeadUnderGrowingFences(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	c := direct(t, server, redis.Options{})
	_, fence := c.settled()
	for range 3 {
		server.Kill()
		server.Restart(false)
		fence = again(t, c, fence, "restarted without its data")
	}
	c.fencesGrow()
}

func TestWithASettleTimeAServerThatIsRestartedWithoutItsDataLetsOneLead(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	opts := redis.Options{Settle: config().Lease}
	c := direct(t, server, opts)
	c.cfg.Lease += opts.Settle // What the computed times have to be measured with.
	_, fence := c.settled()
	for range 3 {
		server.Kill()
		server.Restart(false)
		fence = again(t, c, fence, "restarted without its data, settled")
	}
	c.neverTwo()
	c.fencesGrow()
}

func TestAServerThatIsPausedPastTheLease(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	c := direct(t, server, redis.Options{})
	_, fence := c.settled()
	server.Pause()
	eventually(t, "nobody leads while the server stands still", func() bool { return len(leaders(c)) == 0 })
	time.Sleep(2 * c.cfg.Lease) // The pause is what is tested.
	server.Resume()
	again(t, c, fence, "paused past the lease")
	c.neverTwo()
	c.fencesGrow()
}

func TestScriptsThatAreFlushedEndNoTenure(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	c := steadily(t, server)
	leader, fence := c.settled()
	for range 5 {
		require.NoError(t, server.Client(t).ScriptFlush(t.Context()).Err())
		renewals(t, server, 2)
	}
	c.same(leader, fence)
	c.neverTwo()
}

// steadily is a crew of three on a server, whose leader must stay.
func steadily(t *testing.T, server *redistest.Server) *crew {
	t.Helper()
	var each []stores.Store
	for range 3 {
		each = append(each, storeOn(t, clientOf(t, server.Addr()), redis.Options{}))
	}
	return newCrewOf(t, steady(), each...)
}

func TestFullMemoryEndsNoTenureAndGrantsNoNewOne(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	c := steadily(t, server)
	leader, fence := c.settled()
	admin := server.Client(t)
	require.NoError(t, admin.ConfigSet(t.Context(), "maxmemory", "1").Err())
	renewals(t, server, 10)
	c.same(leader, fence)
	require.NoError(t, c.electors[leader].Release(t.Context()))
	eventually(t, "tries that are refused", func() bool { return server.Info(t, "errorstats")["errorstat_OOM"] > "count=5" })
	require.Empty(t, leaders(c))
	require.NoError(t, admin.ConfigSet(t.Context(), "maxmemory", "0").Err())
	again(t, c, fence, "memory again")
	c.neverTwo()
	c.fencesGrow()
}
