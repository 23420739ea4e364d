package redistest_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

func failoverClient(t *testing.T, s *redistest.Sentinel) *redis.Client {
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: s.MasterName(), SentinelAddrs: s.Addrs(), Protocol: 2, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	return client
}

func TestAClientFindsThePrimaryThroughItsProxy(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinel(t, redistest.Replicas(2))
	require.Len(t, s.Addrs(), 3)
	require.Len(t, s.Replicas(), 2)
	proxy := s.Proxy(s.Primary())
	rule := proxy.On(redistest.Command("SET").Times(1), redistest.Delay(time.Millisecond))
	require.NoError(t, failoverClient(t, s).Set(t.Context(), "k", "v", 0).Err())
	require.Equal(t, 1, rule.Hits())
	s.AwaitSync(t)
	for _, replica := range s.Replicas() {
		require.Equal(t, "v", replica.Client(t).Get(t.Context(), "k").Val())
	}
	require.Nil(t, s.Proxy(redistest.Start(t)))
}

// The fault that asynchronous replication has: a write that was acknowledged is gone.
func TestAFailoverLosesWhatWasNotReplicated(t *testing.T) {
	t.Parallel()
	s, ctx := redistest.StartSentinel(t), t.Context()
	old, admin := s.Primary(), s.Primary().Client(t)
	require.NoError(t, admin.Set(ctx, "before", "v", 0).Err())
	s.AwaitSync(t)
	s.StopReplication()
	require.NoError(t, admin.Set(ctx, "after", "v", 0).Err())
	require.Zero(t, admin.Wait(ctx, 1, beat).Val())
	require.Equal(t, "up", s.Replicas()[0].Info(t, "replication")["master_link_status"])
	old.Kill()

	promoted := s.AwaitFailover(t)
	require.NotSame(t, old, promoted)
	require.Same(t, promoted, s.Primary())
	require.Equal(t, []*redistest.Server{old}, s.Replicas())
	client := promoted.Client(t)
	require.Equal(t, "v", client.Get(ctx, "before").Val())
	require.ErrorIs(t, client.Get(ctx, "after").Err(), redis.Nil)
	require.NoError(t, client.Set(ctx, "new", "v", 0).Err())
	require.NoError(t, failoverClient(t, s).Get(ctx, "new").Err())

	// The old primary comes back as a replica of the new one.
	s.ResumeReplication()
	old.Restart(true)
	s.AwaitSync(t)
	require.Equal(t, "v", old.Client(t).Get(ctx, "new").Val())
}

func TestReplicationThatResumesCatchesUp(t *testing.T) {
	t.Parallel()
	s, ctx := redistest.StartSentinel(t), t.Context()
	admin, replica := s.Primary().Client(t), s.Replicas()[0].Client(t)
	s.StopReplication()
	require.NoError(t, admin.Set(ctx, "k", "v", 0).Err())
	require.Zero(t, admin.Wait(ctx, 1, beat).Val())
	require.Empty(t, replica.Get(ctx, "k").Val())
	s.ResumeReplication()
	s.AwaitSync(t)
	require.Equal(t, "v", replica.Get(ctx, "k").Val())
}

func TestAPrimaryThatIsPausedIsReplaced(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinel(t, redistest.DownAfter(1500*time.Millisecond), redistest.Config("requirepass", "secret"))
	old := s.Primary()
	s.Sentinels()[2].Kill()
	old.Pause()
	promoted := s.AwaitFailover(t)
	require.Equal(t, "master", promoted.Info(t, "replication")["role"])
	old.Resume()
	s.AwaitSync(t)
	require.Equal(t, "slave", old.Info(t, "replication")["role"])
}
