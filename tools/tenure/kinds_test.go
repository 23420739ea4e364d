package main

import (
	"path/filepath"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// TestEachKindOfServerIsReached asks who leads by each kind of URL, on real servers.
func TestEachKindOfServerIsReached(t *testing.T) {
	t.Setenv(urlVariable, "")
	socket := filepath.Join(t.TempDir(), "s")
	single := redistest.Start(t, redistest.Config("unixsocket", socket))
	sentinel := redistest.StartSentinel(t)
	cluster := redistest.StartCluster(t)
	nodes := goredis.UniversalOptions{Addrs: cluster.Addrs(), IsClusterMode: true}

	for name, kind := range map[string]struct {
		url     string
		options goredis.UniversalOptions
	}{
		"socket": {"unix://" + socket, goredis.UniversalOptions{Addrs: []string{single.Addr()}}},
		"sentinel": {
			"redis://" + sentinel.Addrs()[0] + "?master_name=" + sentinel.MasterName() + "&addr=" + sentinel.Addrs()[1],
			goredis.UniversalOptions{Addrs: sentinel.Addrs(), MasterName: sentinel.MasterName()},
		},
		"cluster":        {"redis://" + cluster.Addrs()[0] + "?cluster=true", nodes},
		"cluster by two": {"redis://" + cluster.Addrs()[0] + "?addr=" + cluster.Addrs()[1], nodes},
	} {
		t.Run(name, func(t *testing.T) {
			client := goredis.NewUniversalClient(redis.ForLeases(kind.options))
			defer func() { require.NoError(t, client.Close()) }()
			store, err := redis.New(client, redis.Options{})
			require.NoError(t, err)
			_, err = store.Acquire(t.Context(), stores.AcquireRequest{
				Election: name, Participant: "p1", Attempt: stores.Attempt{Incarnation: "i", Number: 1}, Lease: time.Hour,
			})
			require.NoError(t, err)
			code, stdout, stderr := operate(t, "status", "-election", name, "-redis", kind.url)
			require.Equal(t, exitOK, code, stderr)
			require.Contains(t, stdout, "p1")
			code, stdout, stderr = operate(t, "list", "-redis", kind.url)
			require.Equal(t, exitOK, code, stderr)
			require.Contains(t, stdout, name)
		})
	}
}
