package redis_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
)

// A server for the examples; yours is at an address of its own.
func exampleServer() (addr string, stop func()) {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		fmt.Println(err)
	}
	return server.Addr(), server.Close
}

func Example() {
	addr, stop := exampleServer()
	defer stop()

	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{addr}}))
	defer func() { _ = client.Close() }()
	store, err := redis.New(client, redis.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := elector.New(store, elector.Config{Election: "reports"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = e.Run(ctx, func(_ context.Context, term *elector.Term) error {
		fmt.Println("leading", term.Election())
		cancel()
		return nil
	})
	fmt.Println(err)
	// Output:
	// leading reports
	// <nil>
}

// A client with other settings than leases need is refused, with each of them named.
func ExampleNew() {
	client := goredis.NewClient(&goredis.Options{Addr: "localhost:6379"})
	defer func() { _ = client.Close() }()
	_, err := redis.New(client, redis.Options{Prefix: "{jobs}"})
	fmt.Println(err)
	fmt.Println(errors.Is(err, stores.ErrInvalid))
	// Output:
	// tenure: invalid client MaxRetries: 3: -1 is needed: the elector repeats calls by itself, and counts each from its own send
	// tenure: invalid client ContextTimeoutEnabled: false: true is needed: without it a call outlives its deadline by the client's ReadTimeout
	// tenure: invalid client MaintNotificationsConfig.Mode: "auto": maintnotifications.ModeDisabled is needed: the feature relaxes timeouts, and costs a handshake
	// tenure: invalid Prefix: "{jobs}": it must not contain braces, by which a Cluster finds the node of a key
	// true
}

// For Sentinel, name the primary; for a Cluster, make a *redis.ClusterClient.
func ExampleForLeases() {
	sentinel := goredis.NewFailoverClient(redis.ForLeases(goredis.UniversalOptions{
		MasterName: "mymaster", Addrs: []string{"sentinel-1:26379", "sentinel-2:26379", "sentinel-3:26379"},
	}).Failover())
	defer func() { _ = sentinel.Close() }()
	cluster := goredis.NewClusterClient(redis.ForLeases(goredis.UniversalOptions{
		Addrs: []string{"node-1:6379", "node-2:6379", "node-3:6379"},
	}).Cluster())
	defer func() { _ = cluster.Close() }()
	for _, client := range []goredis.UniversalClient{sentinel, cluster} {
		_, err := redis.New(client, redis.Options{Settle: 30 * time.Second})
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// <nil>
}

func ExampleStore_Revoke() {
	addr, stop := exampleServer()
	defer stop()
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{addr}}))
	defer func() { _ = client.Close() }()
	store, err := redis.New(client, redis.Options{Prefix: "jobs"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	lease, err := store.Acquire(ctx, stores.AcquireRequest{
		Election: "reports", Participant: "alice", Attempt: stores.Attempt{Incarnation: "a1b2", Number: 1}, Lease: time.Minute,
	})
	fmt.Println(lease.Participant, err)
	found, err := store.Revoke(ctx, "reports", lease.Fence)
	fmt.Println(found, err)
	_, err = store.Renew(ctx, stores.RenewRequest{Election: "reports", Tenure: lease.Tenure, Lease: time.Minute})
	fmt.Println(errors.Is(err, stores.ErrLost))
	// Output:
	// alice <nil>
	// true <nil>
	// true
}

func ExampleStore_List() {
	addr, stop := exampleServer()
	defer stop()
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{addr}}))
	defer func() { _ = client.Close() }()
	store, err := redis.New(client, redis.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	for _, election := range []string{"reports/daily", "reports/weekly", "mails"} {
		_, err := store.Acquire(ctx, stores.AcquireRequest{
			Election: election, Participant: "alice", Attempt: stores.Attempt{Incarnation: "a1b2", Number: 1}, Lease: time.Minute,
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	leases, err := store.List(ctx, "reports/")
	for _, lease := range leases {
		fmt.Println(lease.Election, lease.Participant)
	}
	fmt.Println(err)
	// Output:
	// reports/daily alice
	// reports/weekly alice
	// <nil>
}

func ExampleStore_Watch() {
	addr, stop := exampleServer()
	defer stop()
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{addr}}))
	defer func() { _ = client.Close() }()
	store, err := redis.New(client, redis.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	notices, err := store.Watch(ctx, "reports")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = store.Acquire(ctx, stores.AcquireRequest{
		Election: "reports", Participant: "alice", Attempt: stores.Attempt{Incarnation: "a1b2", Number: 1}, Lease: time.Minute,
	})
	fmt.Println(err)
	notice := <-notices
	fmt.Println(notice.Kind == stores.NoticeHeld, notice.Lease.Participant)
	// Output:
	// <nil>
	// true alice
}
