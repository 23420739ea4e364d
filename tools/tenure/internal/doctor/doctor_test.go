package doctor_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/tools/tenure/internal/doctor"
)

func TestMain(m *testing.M) {
	goredis.SetLogger(silent{})
	goleak.VerifyTestMain(m)
}

// silent is a logger of the client that says nothing.
type silent struct{}

// Printf implements the client's logger.
func (silent) Printf(context.Context, string, ...any) {}

// on is the case of a server, as which everything is in order but for the persistence.
func on(t *testing.T, opts goredis.UniversalOptions) doctor.Case {
	t.Helper()
	client := goredis.NewUniversalClient(redis.ForLeases(opts))
	t.Cleanup(func() { _ = client.Close() })
	return doctor.Case{Client: client, Samples: 10, Call: 30 * time.Second, Apart: 20 * time.Millisecond}
}

func at(server *redistest.Server) goredis.UniversalOptions {
	return goredis.UniversalOptions{Addrs: []string{server.Addr()}}
}

func as(server *redistest.Server, user string) goredis.UniversalOptions {
	opts := at(server)
	opts.Username, opts.Password = user, "secret"
	return opts
}

type checks []doctor.Check

func examine(t *testing.T, c doctor.Case) checks {
	t.Helper()
	var found checks
	printed := bytes.Buffer{}
	printer := doctor.Printer{Out: &printed}
	err := doctor.Examine(t.Context(), c, func(check doctor.Check) {
		found = append(found, check)
		printer.Print(check)
	})
	require.NoError(t, err)
	require.NoError(t, printer.Close())
	t.Log(printed.String())
	return found
}

// of returns the checks with that verdict.
func (c checks) of(v doctor.Verdict) (found checks) {
	for _, check := range c {
		if check.Verdict == v {
			found = append(found, check)
		}
	}
	return found
}

func (c checks) about(topic string) (found checks) {
	for _, check := range c {
		if check.Topic == topic {
			found = append(found, check)
		}
	}
	return found
}

// one is the check whose finding has the text.
func (c checks) one(t *testing.T, what string) doctor.Check {
	t.Helper()
	var found checks
	for _, check := range c {
		if strings.Contains(check.What, what) {
			found = append(found, check)
		}
	}
	require.Len(t, found, 1, "%s\n%v", what, c)
	return found[0]
}

func TestHealthyServerHasNoFault(t *testing.T) {
	server := redistest.Start(t, redistest.Config("appendonly", "yes"), redistest.Config("appendfsync", "always"))
	c := on(t, at(server))
	c.Apart = 0 // Long enough for a machine that is busy.
	found := examine(t, c)
	require.Len(t, found.of(doctor.OK), len(found))
	for _, topic := range []string{"server", "permissions", "clocks", "timings", "failover"} {
		require.NotEmpty(t, found.about(topic), topic)
	}
}

func TestServersWithFaults(t *testing.T) {
	for name, c := range map[string]struct {
		config       []redistest.Option
		verdict      doctor.Verdict
		what, change string
	}{
		"no log":           {nil, doctor.Advice, "appendonly is no", "CONFIG SET appendonly yes"},
		"a log, late":      {lines("appendonly", "yes"), doctor.Advice, "appendfsync is everysec", "CONFIG SET appendfsync always"},
		"eviction":         {lines("maxmemory", "100mb", "maxmemory-policy", "allkeys-lru"), doctor.Fault, "maxmemory-policy is allkeys-lru", "CONFIG SET maxmemory-policy noeviction"},
		"a full memory":    {lines("maxmemory", "1"), doctor.Fault, "the server answers SET with OOM", "free memory"},
		"too few replicas": {lines("min-replicas-to-write", "1"), doctor.Fault, "the server answers SET, PEXPIRE, DEL with NOREPLICAS", "a lower min-replicas-to-write"},
	} {
		t.Run(name, func(t *testing.T) {
			check := examine(t, on(t, at(redistest.Start(t, c.config...)))).one(t, c.what)
			require.Equal(t, c.verdict, check.Verdict)
			require.Contains(t, check.Change, c.change)
			require.Equal(t, c.verdict == doctor.OK, check.Why == "")
		})
	}
}

func lines(pairs ...string) (opts []redistest.Option) {
	for i := 0; i < len(pairs); i += 2 {
		opts = append(opts, redistest.Config(pairs[i], pairs[i+1]))
	}
	return opts
}

func TestReplicaIsAFault(t *testing.T) {
	primary := redistest.Start(t)
	host, port, _ := strings.Cut(primary.Addr(), ":")
	replica := redistest.Start(t, redistest.Config("replicaof", host+" "+port))
	found := examine(t, on(t, at(replica)))
	check := found.one(t, "role is slave")
	require.Equal(t, doctor.Fault, check.Verdict)
	require.Contains(t, check.Change, "the address of the primary")
	require.Len(t, found.of(doctor.Fault), 1, "what follows from it is not told")

	require.Eventually(t, func() bool { return primary.Info(t, "replication")["connected_slaves"] == "1" }, time.Minute, time.Millisecond)
	check = examine(t, on(t, at(primary))).one(t, "connected_slaves is 1")
	require.Equal(t, doctor.Advice, check.Verdict)
	require.Contains(t, check.Change, "-replicas 1")

	patient := at(primary)
	patient.ReadTimeout = 30 * time.Second
	c := on(t, patient)
	c.Store.Replicas = 2
	check = examine(t, c).of(doctor.Fault).one(t, "connected_slaves is 1")
	require.Equal(t, "no grant will count, since -replicas is 2", check.Why)
	require.Equal(t, "attach replicas, or -replicas 1", check.Change)

	writer := primary.Client(t)
	require.Eventually(t, func() bool {
		return writer.Publish(t.Context(), "nobody", "").Err() == nil && writer.Wait(t.Context(), 1, time.Second).Val() == 1
	}, time.Minute, time.Millisecond)
	c.Store.Replicas, c.Store.ReplicaTimeout = 1, 20*time.Second // Long enough for a machine that is busy.
	require.Empty(t, examine(t, c).of(doctor.Fault))
	replica.Pause()
	c.Store.ReplicaTimeout = 100 * time.Millisecond
	check = examine(t, c).of(doctor.Fault).one(t, "a write has not reached the 1 of -replicas within 100ms")
	require.Contains(t, check.Change, "a longer -timeout")
	replica.Resume()
}

func TestSettings(t *testing.T) {
	server := redistest.Start(t)
	for name, c := range map[string]struct {
		store        redis.Options
		timings      elector.Config
		verdict      doctor.Verdict
		what, change string
	}{
		"a settle time that is too short": {
			redis.Options{Settle: time.Second}, elector.Config{}, doctor.Fault, "-settle 1s is shorter than the lease 30s", "-settle 30s",
		},
		"a settle time that is enough": {
			redis.Options{Settle: time.Second}, elector.Config{Lease: time.Second}, doctor.OK, "-settle 1s covers the lease 1s", "",
		},
		"a replica timeout beside a short one": {
			redis.Options{Replicas: 1}, elector.Config{Timeout: 900 * time.Millisecond}, doctor.Advice, "replicas are waited for 500ms", "-timeout above 1s",
		},
		"a prefix with braces": {redis.Options{Prefix: "a{b}"}, elector.Config{}, doctor.Fault, "Prefix is a{b}", ""},
		"timings that do not fit": {
			redis.Options{}, elector.Config{Lease: 10 * time.Second, Timeout: 5 * time.Second}, doctor.Fault, "Lease is 10s", "-lease 21s, or a shorter -timeout",
		},
		"a timing out of range": {redis.Options{}, elector.Config{Grace: -time.Second}, doctor.Fault, "Grace is -1s", ""},
		"another one":           {redis.Options{}, elector.Config{Grace: -time.Second, Drain: -time.Second}, doctor.Fault, "Drain is -1s", ""},
		"the failover": {
			redis.Options{}, elector.Config{}, doctor.OK, "at most: 5s at a handover, 40.8s after a crash, 2m1.6s at the worst", "",
		},
		"an election's name": {redis.Options{}, elector.Config{Election: "a\nb"}, doctor.Fault, `Election is "a\nb"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			which := on(t, at(server))
			which.Store, which.Timings, which.Samples = c.store, c.timings, 1
			check := examine(t, which).one(t, c.what)
			require.Equal(t, c.verdict, check.Verdict)
			require.Contains(t, check.Change, c.change)
			if c.change == "" {
				require.Empty(t, check.Change)
			}
		})
	}
}

func TestSlowServerWantsALongerTimeout(t *testing.T) {
	const slow = 20 * time.Millisecond
	server := redistest.Start(t)
	for name, c := range map[string]struct {
		command string
		timeout time.Duration
		verdict doctor.Verdict
	}{
		"to answer at all":                 {"ping", 25 * time.Millisecond, doctor.Fault},
		"to write":                         {"set", 25 * time.Millisecond, doctor.Fault},
		"and whose timeout is not so long": {"set", 80 * time.Millisecond, doctor.Advice},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := redistest.StartProxy(t, server.Addr())
			proxy.On(redistest.Command(c.command), redistest.Delay(slow))
			which := on(t, goredis.UniversalOptions{Addrs: []string{proxy.Addr()}})
			which.Timings.Timeout = c.timeout
			check := examine(t, which).one(t, "the p99 of a call")
			if check.Verdict == doctor.Fault {
				require.Regexp(t, `^-timeout \d+ms$`, check.Change)
				return
			}
			require.Equal(t, c.verdict, check.Verdict)
		})
	}
}

// contents are all keys with their values.
func contents(t *testing.T, server *redistest.Server) map[string]string {
	t.Helper()
	client := server.Client(t)
	all := map[string]string{}
	keys, err := client.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	for _, key := range keys {
		all[key], err = client.Dump(t.Context(), key).Result()
		require.NoError(t, err)
	}
	return all
}

// ours are the keys of this package; that of the store's own check ends within a second.
func ours(t *testing.T, server *redistest.Server) []string {
	keys, err := server.Client(t).Keys(t.Context(), "*tenure-doctor*").Result()
	require.NoError(t, err)
	return keys
}

func TestLeavesNothingBehindAndExistingElectionsAlone(t *testing.T) {
	server := redistest.Start(t)
	c := on(t, at(server))
	c.Store.Settle = time.Minute
	c.Timings.Election = "orders"
	store, err := redis.New(c.Client, redis.Options{})
	require.NoError(t, err)
	lease, err := store.Acquire(t.Context(), stores.AcquireRequest{
		Election: "orders", Participant: "alice", Attempt: stores.Attempt{Incarnation: "i", Number: 1}, Lease: time.Hour,
	})
	require.NoError(t, err)
	before := contents(t, server)
	require.Len(t, before, 2)
	var found checks
	require.NoError(t, doctor.Examine(t.Context(), c, func(check doctor.Check) {
		found = append(found, check)
		leases, err := store.List(t.Context(), "")
		require.NoError(t, err, "whoever lists elections meanwhile is not disturbed")
		require.Len(t, leases, 1)
	}))
	require.Equal(t, before, contents(t, server))
	require.Contains(t, found.about("election")[0].What, fmt.Sprintf(`"orders" is led by "alice" under fence %d`, lease.Fence))
	again, err := store.Get(t.Context(), "orders")
	require.NoError(t, err)
	require.LessOrEqual(t, again.TimeLeft, lease.TimeLeft)
	require.False(t, again.Revoked)

	_, err = store.Revoke(t.Context(), "orders", lease.Fence)
	require.NoError(t, err)
	revoked := examine(t, c).about("election")[0]
	require.Equal(t, doctor.Advice, revoked.Verdict)
	require.Contains(t, revoked.What, "is revoked")
}

func TestElection(t *testing.T) {
	server := redistest.Start(t)
	c := on(t, at(server))
	c.Timings.Election = "orders"
	require.Equal(t, `nobody leads "orders"`, examine(t, c).about("election")[0].What)
	require.NoError(t, server.Client(t).Set(t.Context(), "tenure:{orders}:lease", "x", 0).Err())
	check := examine(t, c).about("election")[0]
	require.Equal(t, doctor.Fault, check.Verdict)
	require.Contains(t, check.What, `key "tenure:{orders}:lease" holds what this version cannot have written`)
}

func TestWhoIsNotLetInIsNotExamined(t *testing.T) {
	server := redistest.Start(t, redistest.Config("requirepass", "right"))
	c := on(t, as(server, "default"))
	err := doctor.Examine(t.Context(), c, func(doctor.Check) { t.Error("nothing was looked at") })
	require.ErrorContains(t, err, "WRONGPASS")
	err = doctor.Examine(t.Context(), on(t, at(server)), func(doctor.Check) { t.Error("nothing was looked at") })
	require.ErrorContains(t, err, "NOAUTH")
	server.Kill()
	require.Error(t, doctor.Examine(t.Context(), c, func(doctor.Check) { t.Error("nothing was looked at") }))
}

func TestInterruptedAnywhereItLeavesNothingBehind(t *testing.T) {
	server := redistest.Start(t)
	for _, command := range []string{"ping", "info", "eval", "scan", "time", "set", "del"} {
		t.Run(command, func(t *testing.T) {
			proxy := redistest.StartProxy(t, server.Addr())
			held := proxy.On(redistest.Command(command).Times(1), redistest.Hold())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				held.Await(1)
				cancel()
				held.Release()
			}()
			c := on(t, goredis.UniversalOptions{Addrs: []string{proxy.Addr()}})
			require.ErrorIs(t, doctor.Examine(ctx, c, func(doctor.Check) {}), context.Canceled)
			require.Empty(t, ours(t, server))
		})
	}
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
	c := on(t, goredis.UniversalOptions{Addrs: []string{proxy.Addr()}})
	c.Call = 2 * time.Second // The client does not look at the end of a context before that.
	require.ErrorIs(t, doctor.Examine(ctx, c, func(doctor.Check) {}), context.Canceled)
	held.Release()
}
