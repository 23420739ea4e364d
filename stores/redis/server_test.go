package redis_test

import (
	"context"
	"errors"
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

// aclLine is the user that the package's documentation says is enough.
const aclLine = "tenure on >secret resetkeys ~tenure:* resetchannels &tenure@* -@all +evalsha +eval +get +set +del " +
	"+pexpire +pttl +time +publish +subscribe +unsubscribe +ping +hello +auth +select"

func TestEachOperationIsOneRoundTrip(t *testing.T) {
	server := redistest.Start(t)
	client := clientOf(t, server.Addr())
	store := storeOn(t, client, redis.Options{})
	warm := acquire(t, store, onElection("warm", "alice", 1)) // The scripts are loaded by their first use.
	require.NoError(t, renew(t, store, warm))
	release(t, store, warm)
	for _, err := range calls(t, store, warm) {
		require.NotErrorIs(t, err, redis.ErrNoScript)
	}
	release(t, store, mustGet(t, store, "orders"))

	hook := &trips{}
	client.AddHook(hook)
	var lease stores.Lease
	for _, c := range []struct {
		name string
		call func()
	}{
		{"acquire", func() { lease = acquire(t, store, request("alice", 1)) }},
		{"repeated acquire", func() { acquire(t, store, request("alice", 1)) }},
		{"refused acquire", func() {
			_, err := store.Acquire(t.Context(), request("bob", 1))
			require.ErrorIs(t, err, stores.ErrHeld)
		}},
		{"renewal", func() { require.NoError(t, renew(t, store, lease)) }},
		{"renewal by a store that did not win", func() { require.NoError(t, renew(t, storeOn(t, client, redis.Options{}), lease)) }},
		{"get", func() { mustGet(t, store, "orders") }},
		{"revoke", func() {
			found, err := store.Revoke(t.Context(), "orders", lease.Fence)
			require.NoError(t, err)
			require.True(t, found)
		}},
		{"refused renewal", func() { require.ErrorIs(t, renew(t, store, lease), stores.ErrLost) }},
		{"release", func() { release(t, store, lease) }},
	} {
		before := hook.all()
		c.call()
		require.Equal(t, int64(1), hook.all()-before, "round trips of one %s", c.name)
	}
}

func mustGet(t *testing.T, store *redis.Store, election string) stores.Lease {
	t.Helper()
	lease, err := store.Get(t.Context(), election)
	require.NoError(t, err)
	return lease
}

func TestAFlushedScriptCacheCostsOneMoreRoundTripAndNothingElse(t *testing.T) {
	server := redistest.Start(t)
	client := clientOf(t, server.Addr())
	store := storeOn(t, client, redis.Options{})
	lease := acquire(t, store, request("alice", 1))
	hook := &trips{}
	client.AddHook(hook)
	for _, trips := range []int64{2, 1} {
		if trips == 2 {
			require.NoError(t, server.Client(t).ScriptFlush(t.Context()).Err())
		}
		before := hook.all()
		require.NoError(t, renew(t, store, lease))
		require.Equal(t, trips, hook.all()-before)
	}
	require.NoError(t, server.Client(t).ScriptFlush(t.Context()).Err())
	leases, err := store.List(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, leases, 1)
}

func TestFullMemoryGrantsNothingAndLetsTheHolderGoOn(t *testing.T) {
	server := redistest.Start(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	lease := acquire(t, store, request("alice", 1))
	admin := server.Client(t)
	require.NoError(t, admin.ConfigSet(t.Context(), "maxmemory", "1").Err())
	_, err := store.Acquire(t.Context(), onElection("other", "bob", 1))
	require.ErrorIs(t, err, redis.ErrOutOfMemory)
	findings, err := store.Check(t.Context())
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(findings), "fault: command is SET: OOM")
	require.NoError(t, renew(t, store, lease), "a renewal")
	longer := stores.RenewRequest{Election: "orders", Tenure: lease.Tenure, Lease: 2 * time.Minute}
	renewed, err := store.Renew(t.Context(), longer)
	require.NoError(t, err)
	require.LessOrEqual(t, renewed.TimeLeft, time.Minute, "what cannot be kept is not granted")
	require.NoError(t, renew(t, storeOn(t, clientOf(t, server.Addr()), redis.Options{}), lease), "a renewal that reads it all")
	release(t, store, lease)
	_, err = store.Acquire(t.Context(), request("bob", 1))
	require.ErrorIs(t, err, redis.ErrOutOfMemory)
	exists, err := admin.Exists(t.Context(), "tenure:{other}:fence", "tenure:{other}:lease").Result()
	require.NoError(t, err)
	require.Zero(t, exists, "a refused grant leaves nothing behind")
	require.NoError(t, admin.ConfigSet(t.Context(), "maxmemory", "0").Err())
	require.Greater(t, acquire(t, store, request("bob", 1)).Fence, lease.Fence)
}

func TestTooFewReplicasForTheServersOwnSettingIsATypedError(t *testing.T) {
	server := redistest.Start(t, redistest.Config("min-replicas-to-write", "1"))
	_, err := storeOn(t, clientOf(t, server.Addr()), redis.Options{}).Acquire(t.Context(), request("alice", 1))
	require.ErrorIs(t, err, redis.ErrNoReplicas)
}

func TestAServerThatIsLoadingIsATypedErrorUntilItHasLoaded(t *testing.T) {
	server := redistest.Start(t, redistest.Config("loading-process-events-interval-bytes", "1024"),
		redistest.Config("rdbcompression", "no"))
	admin := server.Client(t)
	pipe := admin.Pipeline()
	for i := range 500 {
		pipe.Set(t.Context(), fmt.Sprint("filler", i), strings.Repeat("x", 1000), 0)
	}
	_, err := pipe.Exec(t.Context())
	require.NoError(t, err)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	lease := acquire(t, store, request("alice", 1))
	// From now on the server sleeps at each key that it loads, and looks at its clients meanwhile.
	require.NoError(t, admin.ConfigSet(t.Context(), "key-load-delay", "2000").Err())
	require.NoError(t, admin.ConfigRewrite(t.Context()).Err())
	require.NoError(t, admin.Save(t.Context()).Err())
	server.Kill()
	over := make(chan struct{})
	go func() {
		defer close(over)
		server.Restart(true)
	}()
	seen := false
	eventually(t, "the lease after the load", func() bool {
		err := renew(t, store, lease)
		seen = seen || errors.Is(err, redis.ErrLoading)
		return err == nil
	})
	<-over
	require.True(t, seen, "LOADING was answered")
}

func TestABusyServerIsATypedError(t *testing.T) {
	server := redistest.Start(t, redistest.Config("busy-reply-threshold", "20"))
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	admin := server.Client(t)
	stuck := make(chan error, 1)
	ctx := context.WithoutCancel(t.Context())
	go func() { stuck <- server.Client(t).Eval(ctx, "while true do end", nil).Err() }()
	eventually(t, "BUSY", func() bool {
		_, err := store.Get(t.Context(), "orders")
		return errors.Is(err, redis.ErrBusy)
	})
	require.NoError(t, admin.ScriptKill(t.Context()).Err())
	require.Error(t, <-stuck)
	acquire(t, store, request("alice", 1))
}

// clientAs is a client of a user.
func clientAs(t *testing.T, server *redistest.Server, user string) goredis.UniversalClient {
	t.Helper()
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{
		Addrs: []string{server.Addr()}, Username: user, Password: "secret",
	}))
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// aclSetUser makes the command that sets a user by a line of rules.
func aclSetUser(rules string) []any {
	args := []any{"acl", "setuser"}
	for rule := range strings.FieldsSeq(rules) {
		args = append(args, rule)
	}
	return args
}

func TestTheDocumentedPermissionsAreEnoughAndNeeded(t *testing.T) {
	server := redistest.Start(t)
	admin := server.Client(t)
	user := func(rules string) *redis.Store {
		name, _, _ := strings.Cut(rules, " ")
		require.NoError(t, admin.Do(t.Context(), aclSetUser(rules)...).Err())
		return storeOn(t, clientAs(t, server, name), redis.Options{})
	}
	store := user(aclLine)
	lease := acquire(t, store, request("alice", 1))
	notices, err := store.Watch(t.Context(), "orders")
	require.NoError(t, err)
	require.NoError(t, renew(t, store, lease))
	require.Equal(t, stores.NoticeHeld, (<-notices).Kind)
	_, err = store.List(t.Context(), "")
	require.ErrorIs(t, err, redis.ErrNoPermission, "List needs +scan")
	release(t, store, lease)

	for _, command := range []string{"set", "get", "del", "pexpire", "pttl", "time", "eval", "publish", "subscribe"} {
		rules := strings.Replace(aclLine, "tenure on", "no-"+command+" on", 1)
		store := user(strings.Replace(rules, " +"+command+" ", " ", 1) + " +info")
		findings, err := store.Check(t.Context())
		require.NoError(t, err, command)
		require.Regexp(t, "permission is .*\\b"+command+"\\b", strings.ToLower(fmt.Sprint(findings)), "the check names what is missing")
		if _, err := store.Acquire(t.Context(), onElection("without "+command, "alice", 1)); err != nil {
			require.ErrorIs(t, err, redis.ErrNoPermission, command)
		}
	}
	findings, err := user(strings.Replace(aclLine, "tenure on", "checking on", 1) + " +info").Check(t.Context())
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(findings), "permission")

	waiting, err := redis.New(clientAs(t, server, "checking"), redis.Options{Replicas: 1})
	require.NoError(t, err)
	findings, err = waiting.Check(t.Context())
	require.NoError(t, err)
	require.Regexp(t, "permission is .*wait", fmt.Sprint(findings), "Options.Replicas needs +wait")
	require.Contains(t, fmt.Sprint(findings), "no grant will count")

	wrong := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{
		Addrs: []string{server.Addr()}, Username: "tenure", Password: "top-secret-and-wrong",
	}))
	defer func() { _ = wrong.Close() }()
	for call, err := range every(t, storeOn(t, wrong, redis.Options{})) {
		require.ErrorIs(t, err, redis.ErrNoPermission, call)
		require.NotContains(t, err.Error(), "top-secret", call)
	}
}
