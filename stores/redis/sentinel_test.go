package redis_test

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/stores/storetest"
)

// bySentinel is a client that asks the sentinels who the primary is.
func bySentinel(t testing.TB, s *redistest.Sentinel) goredis.UniversalClient {
	t.Helper()
	client := goredis.NewFailoverClient(redis.ForLeases(goredis.UniversalOptions{
		MasterName: s.MasterName(), Addrs: s.Addrs(),
	}).Failover())
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestConformanceBySentinel(t *testing.T) {
	scenario(t)
	sentinel := redistest.StartSentinel(t)
	client := bySentinel(t, sentinel)
	storetest.Run(t, running(func(t *testing.T, opts redis.Options) stores.Store { return storeOn(t, client, opts) }))
}

// failover kills the primary of a crew whose leader has a lease that no replica knows of, and waits until somebody leads
// by the new primary.
func failover(t *testing.T, opts redis.Options, lease time.Duration) *crew {
	t.Helper()
	sentinel := redistest.StartSentinel(t)
	var each []stores.Store
	for range 3 {
		each = append(each, storeOn(t, bySentinel(t, sentinel), opts))
	}
	c := newCrewOf(t, elector.ConfigFor("orders", lease), each...)
	leader, fence := c.settled()

	sentinel.StopReplication()
	require.NoError(t, c.electors[leader].Release(t.Context()))
	leader, fence, _ = c.leads(fence)
	t.Logf("participant %d leads under fence %d, which no replica has", leader, fence)
	sentinel.Primary().Kill()
	promoted := sentinel.AwaitFailover(t)
	sentinel.ResumeReplication()
	t.Logf("%s was promoted", promoted.Addr())
	again(t, c, fence, "a replica promoted without the last writes")
	return c
}

// The lease is long, so that its holder still leads when the replica has been promoted.
func TestAReplicaThatIsPromotedWithoutTheLastWritesMayLetTwoLeadUnderGrowingFences(t *testing.T) {
	scenario(t)
	c := failover(t, redis.Options{}, 12*time.Second)
	c.fencesGrow()
	for _, pair := range c.overlaps {
		require.NotEqual(t, pair.one, pair.other, "two that led at one instant have fences of their own")
	}
}

func TestWithASettleTimeAPromotedReplicaLetsOneLead(t *testing.T) {
	scenario(t)
	const lease = 12 * time.Second
	c := failover(t, redis.Options{Settle: lease}, lease)
	c.neverTwo()
	c.fencesGrow()
}
