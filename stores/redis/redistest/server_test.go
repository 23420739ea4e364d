package redistest_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

func TestAServerAnswersOnLoopbackOnly(t *testing.T) {
	server := redistest.Start(t)
	require.True(t, server.Running())
	require.Equal(t, "PONG", server.Client(t).Ping(t.Context()).Val())
	host, _, err := net.SplitHostPort(server.Addr())
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", host)
	require.Equal(t, "127.0.0.1", server.Client(t).ConfigGet(t.Context(), "bind").Val()["bind"])
}

func TestServersEndWithTheTest(t *testing.T) {
	var server *redistest.Server
	t.Run("inner", func(t *testing.T) {
		server = redistest.Start(t)
		server.Pause()
	})
	require.False(t, server.Running())
	_, err := net.Dial("tcp", server.Addr())
	require.Error(t, err)
}

func TestWithoutRedisATestIsSkippedUnlessItMustNotBe(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("TENURE_NO_SKIP", "")
	skipping := &recorder{TB: t}
	redistest.Need(skipping)
	require.Empty(t, skipping.failures)
	require.Len(t, skipping.skips, 1)
	require.Contains(t, skipping.skips[0], "install Redis")

	t.Setenv("TENURE_NO_SKIP", "1")
	failing := &recorder{TB: t}
	redistest.Need(failing)
	require.Len(t, failing.failures, 1)
	require.Contains(t, failing.failures[0], "install Redis")
}

func TestTheConfigurationIsTheServers(t *testing.T) {
	server := redistest.Start(t, redistest.Config("maxmemory", "123mb"), redistest.Config("bind", "0.0.0.0"))
	config := server.Client(t).ConfigGet(t.Context(), "*").Val()
	require.Equal(t, "128974848", config["maxmemory"])
	require.Equal(t, "127.0.0.1", config["bind"])
	require.Equal(t, "", config["save"])
}

func TestServersWithPasswords(t *testing.T) {
	for name, opts := range map[string][]redistest.Option{
		"a password": {redistest.Config("requirepass", "secret")},
		"a user": {
			redistest.Config("user", "default off"), redistest.Config("user", "admin on >secret ~* &* +@all"),
			redistest.Login("admin", "secret"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, opts...)
			require.NoError(t, server.Client(t).Set(t.Context(), "k", "v", 0).Err())
			require.ErrorContains(t, clientOf(t, server.Addr(), 2).Get(t.Context(), "k").Err(), "NOAUTH")
			require.NotEmpty(t, server.Info(t, "server")["run_id"])
		})
	}
}

func TestAServerThatCannotStartFailsTheTest(t *testing.T) {
	failing := &recorder{TB: t}
	redistest.Start(failing, redistest.Config("no-such-directive", "1"))
	failing.end()
	require.Len(t, failing.failures, 1)
	require.Contains(t, failing.failures[0], "ended at once")
	require.Len(t, failing.logs, 1)
	require.Contains(t, failing.logs[0], "no-such-directive")
}

func TestInfoIsTakenApart(t *testing.T) {
	server := redistest.Start(t)
	require.Equal(t, "master", server.Info(t, "replication")["role"])
	require.Equal(t, "standalone", server.Info(t, "")["redis_mode"])
}

func TestARestartKeepsOrWipesTheData(t *testing.T) {
	ctx := t.Context()
	durable := []redistest.Option{redistest.Config("appendonly", "yes"), redistest.Config("appendfsync", "always")}
	for name, c := range map[string]struct {
		opts []redistest.Option
		end  func(*redistest.Server)
		keep bool
		want string
	}{
		"killed with persistence":          {durable, (*redistest.Server).Kill, true, "v"},
		"stopped with persistence":         {durable, (*redistest.Server).Stop, true, "v"},
		"running with persistence":         {durable, func(*redistest.Server) {}, true, "v"},
		"killed without persistence":       {nil, (*redistest.Server).Kill, true, ""},
		"killed and wiped":                 {durable, (*redistest.Server).Kill, false, ""},
		"running and wiped":                {durable, func(*redistest.Server) {}, false, ""},
		"stopped, saves on shutdown":       {[]redistest.Option{redistest.Config("save", "3600 1")}, (*redistest.Server).Stop, true, "v"},
		"killed, would save on a shutdown": {[]redistest.Option{redistest.Config("save", "3600 1")}, (*redistest.Server).Kill, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, c.opts...)
			client := server.Client(t)
			run := server.Info(t, "server")["run_id"]
			require.NoError(t, client.Set(ctx, "k", "v", 0).Err())
			c.end(server)
			server.Restart(c.keep)
			require.NotEqual(t, run, server.Info(t, "server")["run_id"])
			require.Equal(t, c.want, server.Client(t).Get(ctx, "k").Val())
		})
	}
}

func TestAKilledServerIsGone(t *testing.T) {
	server := redistest.Start(t)
	server.Kill()
	require.False(t, server.Running())
	require.Error(t, server.Client(t).Ping(t.Context()).Err())
	server.Kill()
	server.Stop()
}

func TestAPausedServerDoesNothingUntilItResumes(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	require.NoError(t, client.Ping(t.Context()).Err())
	server.Pause()
	require.True(t, server.Running())
	requireTimeout(t, client.Ping(within(t, beat)).Err())
	server.Resume()
	require.NoError(t, client.Ping(within(t, soon)).Err())
}
