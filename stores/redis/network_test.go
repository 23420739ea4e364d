package redis_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// proxied is a crew of three on a server, each behind a proxy of its own.
func proxied(t *testing.T, server *redistest.Server) (*crew, []*redistest.Proxy) {
	t.Helper()
	var each []stores.Store
	var proxies []*redistest.Proxy
	for range 3 {
		proxy := redistest.StartProxy(t, server.Addr())
		proxies = append(proxies, proxy)
		each = append(each, storeOn(t, clientOf(t, proxy.Addr()), redis.Options{}))
	}
	return newCrew(t, each...), proxies
}

// script matches the calls of the store that run the script given, by any name.
func script(sc string) redistest.Match {
	sha, source := redis.ScriptNamed(sc)
	return redistest.Request(sc, func(args [][]byte) bool {
		return len(args) > 1 && (string(args[1]) == sha || string(args[1]) == source)
	})
}

// Replies are lost, one kind of call at a time. What the server did is then unknown to whom it was done for.
func TestRepliesThatAreLostOnEveryOperation(t *testing.T) {
	for _, sc := range []string{"acquire", "renew", "release", "get"} {
		t.Run(sc, func(t *testing.T) {
			scenario(t)
			server := redistest.Start(t)
			c, proxies := proxied(t, server)
			leader, fence := c.settled()
			for round := range 3 {
				lost := proxies[leader].On(script(sc).Times(1+round), redistest.SwallowReply())
				var others []*redistest.Rule
				for i, proxy := range proxies {
					if i != leader {
						others = append(others, proxy.On(script(sc).Times(1), redistest.SwallowReply()).Optional())
					}
				}
				switch sc {
				case "get":
					ctx, cancel := context.WithTimeout(t.Context(), c.cfg.Timeout)
					_, err := c.stores[leader].Get(ctx, "orders")
					require.Error(t, err)
					cancel()
				case "renew":
					lost.Await(1)
				default:
					_ = c.electors[leader].Release(t.Context())
				}
				if sc == "acquire" {
					// The one whose reply is lost may be any: they try at once.
					lost.Optional()
				}
				if sc != "renew" && sc != "get" {
					leader, fence, _ = c.leads(fence)
				}
				lost.Remove()
				for _, rule := range others {
					rule.Remove()
				}
			}
			total := 0
			for _, proxy := range proxies {
				total += proxy.Stats().Faults["swallow reply"]
			}
			t.Logf("replies lost: %s", faultsOf(proxies))
			require.GreaterOrEqual(t, total, 3, "the replies that were lost")
			again(t, c, 0, "replies of "+sc+" lost")
			c.neverTwo()
			c.fencesGrow()
		})
	}
}

func faultsOf(proxies []*redistest.Proxy) string {
	var all []any
	for _, proxy := range proxies {
		all = append(all, proxy.Stats().Faults)
	}
	return fmt.Sprint(all...)
}

func TestConnectionsThatAreReset(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	c, proxies := proxied(t, server)
	_, fence := c.settled()
	for range 3 {
		leader, _, _ := c.leads(0)
		for _, fault := range []redistest.Fault{redistest.Reset(), redistest.ResetAfter()} {
			proxies[leader].On(script("renew").Times(1), fault).Await(1)
		}
		for _, proxy := range proxies {
			proxy.ResetAll()
		}
		again(t, c, 0, "connections reset")
	}
	t.Logf("faults: %s", faultsOf(proxies))
	leader, _, _ := c.leads(0)
	require.NoError(t, c.electors[leader].Release(t.Context()))
	again(t, c, fence, "and the leader gone")
	c.neverTwo()
	c.fencesGrow()
}

func TestALeaderThatIsCutOffStepsDownBeforeAnotherLeads(t *testing.T) {
	for name, direction := range map[string]redistest.Direction{
		"both ways": redistest.BothWays, "requests": redistest.ToServer, "replies": redistest.ToClient,
	} {
		t.Run(name, func(t *testing.T) {
			scenario(t)
			server := redistest.Start(t)
			c, proxies := proxied(t, server)
			leader, fence := c.settled()
			proxies[leader].Cut(direction)
			next := fence
			if direction == redistest.ToClient {
				// Its renewals arrive, so that the lease stays, until it steps down and gives it back unheard.
				eventually(t, "the leader that hears nothing steps down", func() bool { return !c.electors[leader].IsLeader() })
			}
			next = again(t, c, fence, "the leader cut off, "+name)
			require.Greater(t, next, fence)
			proxies[leader].Restore()
			eventually(t, "the one that was cut off knows the leader", func() bool {
				known, ok := c.electors[leader].Leader()
				return ok && known.Fence >= next
			})
			c.neverTwo()
			c.fencesGrow()
		})
	}
}

func TestCallsThatAreDoubledChangeNothing(t *testing.T) {
	for name, fault := range map[string]redistest.Fault{"duplicate": redistest.Duplicate(), "retry": redistest.Retry()} {
		t.Run(name, func(t *testing.T) {
			scenario(t)
			server := redistest.Start(t)
			c, proxies := proxied(t, server)
			for _, proxy := range proxies {
				proxy.On(redistest.Command("evalsha"), fault)
			}
			_, fence := c.settled()
			for range 3 {
				leader, _, _ := c.leads(0)
				require.NoError(t, c.electors[leader].Release(t.Context()))
				fence = again(t, c, fence, "every call doubled")
			}
			c.neverTwo()
			c.fencesGrow()
		})
	}
}

// A release that was held up on the way arrives when its participant leads again.
func TestALateReleaseEndsNoNewerTenure(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr())
	c := newCrewOf(t, steady(), storeOn(t, clientOf(t, proxy.Addr()), redis.Options{}))
	_, fence := c.settled()
	held := proxy.On(script("release").Times(1), redistest.Hold())
	_ = c.electors[0].Release(t.Context())
	held.Await(1)
	next := again(t, c, fence, "after a release that is still on its way")
	held.Release()
	renewals(t, server, 3)
	c.same(0, next)
	c.fencesGrow()
}

func TestAWakeUpThatIsLostCostsTimeAndNothingElse(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	c, proxies := proxied(t, server)
	var lost []*redistest.Rule
	for _, proxy := range proxies {
		lost = append(lost, proxy.On(redistest.Message(""), redistest.SwallowReply()))
	}
	leader, fence := c.settled()
	for _, rule := range lost {
		rule.Await(5) // renewals of which nobody was told
	}
	require.NoError(t, c.electors[leader].Release(t.Context()))
	again(t, c, fence, "without wake-ups")
	c.neverTwo()
	c.fencesGrow()
}

// After the connection of the wake-ups was lost, watchers are told that they may have missed some.
func TestASubscriptionThatIsLostIsMadeAgainAndSaysSo(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr())
	store := storeOn(t, clientOf(t, proxy.Addr()), redis.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	notices, err := store.Watch(ctx, "orders")
	require.NoError(t, err)
	second, err := store.Watch(ctx, "other")
	require.NoError(t, err)
	for range 3 {
		proxy.ResetAll()
		for _, watched := range []<-chan stores.Notice{notices, second} {
			require.Equal(t, stores.NoticeMissed, (<-watched).Kind)
		}
	}
	lease := acquire(t, storeOn(t, clientOf(t, server.Addr()), redis.Options{}), request("alice", 1))
	notice := <-notices
	for notice.Kind == stores.NoticeMissed {
		notice = <-notices
	}
	require.Equal(t, lease, notice.Lease)
}

// A client that is closed under a watch is not asked again and again without a pause.
func TestAClosedClientIsNotAskedInALoop(t *testing.T) {
	server := redistest.Start(t)
	client := clientOf(t, server.Addr())
	store := storeOn(t, client, redis.Options{})
	_, err := store.Watch(t.Context(), "orders")
	require.NoError(t, err)
	require.NoError(t, client.Close())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	time.Sleep(200 * time.Millisecond) // A loop without a pause would make objects by the million.
	runtime.ReadMemStats(&after)
	require.Less(t, after.Mallocs-before.Mallocs, uint64(20_000))
}

// A user who may not listen on one channel hears what comes on another.
func TestAForbiddenChannelSpoilsNoOther(t *testing.T) {
	server := redistest.Start(t)
	rules := strings.Replace(aclLine, "&tenure@*", "&tenure@0:{orders}", 1)
	require.NoError(t, server.Client(t).Do(t.Context(), aclSetUser(rules)...).Err())
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{
		Addrs: []string{server.Addr()}, Username: "tenure", Password: "secret",
	}))
	t.Cleanup(func() { _ = client.Close() })
	store := storeOn(t, client, redis.Options{})
	notices, err := store.Watch(t.Context(), "orders")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = store.Watch(ctx, "forbidden")
	require.Error(t, err)
	_, err = store.Watch(t.Context(), "orders")
	require.NoError(t, err)
	lease := acquire(t, store, request("alice", 1))
	require.Equal(t, lease.Tenure, (<-notices).Lease.Tenure)

	// Nor does it where the connection is lost while somebody waits for it.
	ctx, cancel = context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := store.Watch(ctx, "forbidden")
		failed <- err
	}()
	require.NoError(t, server.Client(t).Do(t.Context(), "client", "kill", "type", "pubsub").Err())
	require.Equal(t, stores.NoticeMissed, (<-notices).Kind, "the subscription was made again")
	cancel()
	require.Error(t, <-failed)
	require.NoError(t, renew(t, store, lease))
	require.Equal(t, stores.NoticeHeld, (<-notices).Kind)
}

// Watches that wait for a server that is down do not make it a storm of connections.
func TestManyWatchesThatWaitForAServerDialAsOne(t *testing.T) {
	server := redistest.Start(t)
	client := clientOf(t, server.Addr())
	store := storeOn(t, client, redis.Options{})
	server.Kill()
	hook := &trips{}
	client.AddHook(hook)
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for i := range 10 {
		waiting.Go(func() {
			_, err := store.Watch(ctx, fmt.Sprint("e", i))
			if err == nil {
				t.Error("a watch of a server that is down")
			}
		})
	}
	eventually(t, "a few tries", func() bool { return hook.dials.Load() >= 3 })
	time.Sleep(500 * time.Millisecond)
	cancel()
	waiting.Wait()
	require.Less(t, hook.dials.Load(), int64(60))
}

// The connection of the wake-ups is dead and nobody was told: a refused acquire is a reason to ask.
func TestASilentSubscriptionIsAskedWhetherItLives(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr())
	store := storeOn(t, clientOf(t, proxy.Addr()), redis.Options{})
	store.DoubtAfter(time.Nanosecond, 50*time.Millisecond)
	acquire(t, store, request("alice", 1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	notices, err := store.Watch(ctx, "orders")
	require.NoError(t, err)
	asked := func() {
		_, err := store.Acquire(t.Context(), request("bob", 1))
		require.ErrorIs(t, err, stores.ErrHeld)
	}
	lives := proxy.On(redistest.Command("ping").Times(1), redistest.Delay(0))
	asked()
	lives.Await(1)
	dead := proxy.On(redistest.Command("ping").Times(1), redistest.SwallowRequest())
	eventually(t, "a subscription that is asked and does not answer", func() bool { asked(); return dead.Hits() == 1 })
	require.Equal(t, stores.NoticeMissed, (<-notices).Kind, "it was made again")
}

// With a lease of a minute and a floor of ten seconds between tries, only a wake-up can bring the next one in less.
func TestACleanReleaseHandsOverByOneWakeUp(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	cfg := elector.ConfigFor("orders", time.Minute)
	var each []*elector.Elector
	for range 2 {
		e, err := elector.New(storeOn(t, clientOf(t, server.Addr()), redis.Options{}), cfg)
		require.NoError(t, err)
		t.Cleanup(func() { _ = e.Close() })
		require.NoError(t, e.Start())
		each = append(each, e)
		eventually(t, "the leader is known", func() bool { _, known := e.Leader(); return known })
	}
	require.True(t, each[0].IsLeader())
	_, err := storeOn(t, clientOf(t, server.Addr()), redis.Options{}).Release(t.Context(), "other", stores.Tenure{
		Attempt: stores.Attempt{Incarnation: "nobody", Number: 1}, // so that the server knows the script
	})
	require.NoError(t, err)
	before := served(t, server)
	begun := time.Now()
	require.NoError(t, each[0].Stop(t.Context()))
	eventually(t, "the next leads", each[1].IsLeader)
	t.Logf("handed over in %v, at most %v computed", time.Since(begun).Round(100*time.Microsecond), cfg.Failover().Handover)
	require.Less(t, time.Since(begun), cfg.Failover().Handover)
	sent := served(t, server).commands - before.commands
	require.LessOrEqual(t, sent, int64(3), "one release, one acquire, and the end of one subscription")
}

// A hundred followers of one leader: what they cost is told by the server's own counts.
func TestFollowersCostNextToNothing(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	each := []stores.Store{storeOn(t, clientOf(t, server.Addr()), redis.Options{})}
	for range 100 {
		each = append(each, storeOn(t, clientOf(t, server.Addr()), redis.Options{}))
	}
	c := newCrewOf(t, steady(), each...)
	leader, fence := c.settled()
	before := served(t, server)
	eventually(t, "all have taken their places", func() bool {
		last := before
		time.Sleep(2 * time.Second)
		before = served(t, server)
		return float64(before.commands-last.commands) <= 1.2*float64(before.renewals-last.renewals)
	})
	time.Sleep(time.Minute) // What is counted is a minute.
	after := served(t, server)
	c.same(leader, fence)
	renewals, commands := after.renewals-before.renewals, after.commands-before.commands
	t.Logf("in a minute: %d renewals, %d commands of the leader and 100 followers: %.2f for each renewal",
		renewals, commands, float64(commands)/float64(renewals))
	require.Positive(t, renewals)
	require.LessOrEqual(t, float64(commands), 1.2*float64(renewals))
}

// counts is what a server did so far: renewals, of which each publishes once, and commands that clients sent, which are
// all but those that only scripts use, and the test's own looks.
type counts struct{ renewals, commands int64 }

func served(t *testing.T, server *redistest.Server) counts {
	t.Helper()
	var c counts
	for name, stats := range server.Info(t, "commandstats") {
		var calls int64
		_, err := fmt.Sscanf(stats, "calls=%d,", &calls)
		require.NoError(t, err)
		switch name {
		case "cmdstat_publish":
			c.renewals = calls
		case "cmdstat_get", "cmdstat_set", "cmdstat_pttl", "cmdstat_pexpire", "cmdstat_time", "cmdstat_del", "cmdstat_info":
		default:
			c.commands += calls
		}
	}
	return c
}

// renewals waits until the server has renewed so often from now on.
func renewals(t *testing.T, server *redistest.Server, n int64) {
	t.Helper()
	begun := served(t, server).renewals
	eventually(t, "renewals", func() bool { return served(t, server).renewals >= begun+n })
}
