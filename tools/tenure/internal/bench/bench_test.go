package bench_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/tools/tenure/internal/bench"
)

func TestMain(m *testing.M) {
	goredis.SetLogger(silent{})
	goleak.VerifyTestMain(m)
}

// silent is a logger of the client that says nothing.
type silent struct{}

// Printf implements the client's logger.
func (silent) Printf(context.Context, string, ...any) {}

func on(t *testing.T, addrs ...string) bench.Options {
	t.Helper()
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: addrs}))
	t.Cleanup(func() { _ = client.Close() })
	return bench.Options{Client: client, Duration: 100 * time.Millisecond, Clients: 3, Handovers: 5, Call: 30 * time.Second}
}

func keys(t *testing.T, server *redistest.Server) []string {
	t.Helper()
	all, err := server.Client(t).Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	return all
}

func TestMeasuresAndLeavesNothingBehind(t *testing.T) {
	server := redistest.Start(t)
	report, err := bench.Run(t.Context(), on(t, server.Addr()))
	require.NoError(t, err)
	require.Equal(t, server.Info(t, "server")["redis_version"], report.Server)
	require.Positive(t, report.Trip.N)
	require.Len(t, report.Renewals, 2)
	for i, clients := range []int{1, 3} {
		renewals := report.Renewals[i]
		require.Equal(t, clients, renewals.Clients)
		require.Positive(t, renewals.PerSecond)
		require.GreaterOrEqual(t, renewals.Latency.N, clients)
		require.Positive(t, renewals.Latency.Median)
	}
	require.Equal(t, 5, report.Handovers.N)
	require.Positive(t, report.Handovers.Median)
	require.Less(t, report.Handovers.Max, time.Minute)
	require.Empty(t, keys(t, server))
}

// stopper ends a context at a command: the n-th of that name.
type stopper struct {
	name   string
	n      atomic.Int64
	cancel context.CancelFunc
}

// DialHook implements the client's Hook.
func (s *stopper) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook implements the client's Hook.
func (s *stopper) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if cmd.Name() == s.name && s.n.Add(-1) == 0 {
			s.cancel()
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook implements the client's Hook.
func (s *stopper) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func TestInterruptedAnywhereItLeavesNothingBehind(t *testing.T) {
	server := redistest.Start(t)
	const long, none = time.Minute, time.Nanosecond
	for name, c := range map[string]struct {
		command  string
		number   int64
		renewing time.Duration
		clients  int
	}{
		"in the round trips":     {"ping", 2, long, 1},
		"as the first acquires":  {"evalsha", 2, none, 1},
		"in renewals":            {"evalsha", 50, long, 1},
		"as several acquire":     {"evalsha", 4, none, 3},
		"as the first one leads": {"evalsha", 3, none, 1},
		"as handovers begin":     {"evalsha", 5, none, 1},
		"in a handover":          {"evalsha", 11, none, 1},
		"in a later handover":    {"evalsha", 18, none, 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := on(t, server.Addr())
			o.Duration, o.Clients, o.Handovers = c.renewing, c.clients, 20
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stop := &stopper{name: c.command, cancel: cancel}
			stop.n.Store(c.number)
			o.Client.(*goredis.Client).AddHook(stop)
			_, err := bench.Run(ctx, o)
			require.ErrorIs(t, err, context.Canceled)
			require.Empty(t, keys(t, server))
		})
	}
}

func TestAUserWhoMayNotDeleteIsTold(t *testing.T) {
	server := redistest.Start(t, redistest.Config("user", "app on nopass ~* &* +@all -del"))
	o := on(t, server.Addr())
	o.Client = goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{
		Addrs: []string{server.Addr()}, Username: "app", Password: "x",
	}))
	t.Cleanup(func() { _ = o.Client.Close() })
	o.Handovers = 0
	_, err := bench.Run(t.Context(), o)
	require.ErrorContains(t, err, "keys are left on the server, which begin with tenure:{tenure-bench-: NOPERM")
	require.ErrorIs(t, err, bench.ErrLeft)
	require.NotEmpty(t, keys(t, server))
}

func TestNoServer(t *testing.T) {
	server := redistest.Start(t)
	server.Kill()
	_, err := bench.Run(t.Context(), on(t, server.Addr()))
	require.Error(t, err)
	require.NotErrorIs(t, err, context.Canceled)
}

func TestInterruptedWhileTheServerHangs(t *testing.T) {
	proxy := redistest.StartProxy(t, redistest.Start(t).Addr())
	held := proxy.On(redistest.Command("ping").Times(1), redistest.Hold())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		held.Await(1)
		cancel()
	}()
	o := on(t, proxy.Addr())
	o.Call = 2 * time.Second // The client does not look at the end of a context before that.
	_, err := bench.Run(ctx, o)
	require.ErrorIs(t, err, context.Canceled)
	held.Release()
}

func TestHandoverThatDoesNotComeIsAnError(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr())
	o := on(t, proxy.Addr())
	o.Duration, o.Clients, o.Call, o.Handovers = time.Nanosecond, 1, 500*time.Millisecond, 1_000_000
	cut := proxy.On(redistest.Command("evalsha").After(30).Times(1), redistest.Delay(0))
	go func() {
		cut.Await(1)
		proxy.Cut(redistest.ToServer)
	}()
	_, err := bench.Run(t.Context(), o)
	require.ErrorIs(t, err, bench.ErrNoHandover)
	require.ErrorIs(t, err, bench.ErrLeft)
}
