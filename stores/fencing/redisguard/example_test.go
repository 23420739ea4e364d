package redisguard_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/redisguard"
)

// connect returns a client of a Redis that is there for the example only.
func connect() (client *redis.Client, disconnect func()) {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		fmt.Println(err)
	}
	client = redis.NewClient(&redis.Options{Addr: server.Addr()})
	return client, func() {
		_ = client.Close()
		server.Close()
	}
}

// An old leader's late value does not replace the new leader's.
func Example() {
	ctx := context.Background()
	client, disconnect := connect()
	defer disconnect()
	guard, err := redisguard.New(client, "{report}:fence")
	if err != nil {
		fmt.Println(err)
		return
	}
	before := fencing.Token{Fence: 7, Incarnation: "old"} // fencing.Of(term) makes the token
	after := fencing.Token{Fence: 8, Incarnation: "new"}
	fmt.Println(guard.Set(ctx, "{report}:body", "by the old leader", before))
	fmt.Println(guard.Set(ctx, "{report}:body", "by the new leader", after))
	err = guard.Set(ctx, "{report}:body", "late", before)
	fmt.Println(errors.Is(err, fencing.ErrStale))
	fmt.Println(err)
	fmt.Println(client.Get(ctx, "{report}:body").Val())
	// Output:
	// <nil>
	// <nil>
	// true
	// tenure: resource "{report}:fence" refuses a write under fence 7 of incarnation "old": it has admitted fence 8 of incarnation "new"
	// by the new leader
}

func ExampleNew() {
	client, disconnect := connect()
	defer disconnect()
	_, err := redisguard.New(client, "report:fence")
	fmt.Println(errors.Is(err, stores.ErrInvalid))
	fmt.Println(err)
	// Output:
	// true
	// tenure: invalid fence key: "report:fence": it must have a hash tag that its data shares, as in "{report}:fence"
}

func ExampleGuard_Set() {
	ctx := context.Background()
	client, disconnect := connect()
	defer disconnect()
	guard, err := redisguard.New(client, "{report}:fence")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(guard.Set(ctx, "report", "its tag is the whole key", fencing.Token{Fence: 7, Incarnation: "a"}))
	fmt.Println(guard.Set(ctx, "other", "", fencing.Token{Fence: 7, Incarnation: "a"}))
	// Output:
	// <nil>
	// tenure: invalid key: "other": it must have the hash tag {report} of its fence key
}

// A new leader shuts the earlier ones out, and reads what they left only then.
func ExampleGuard_Check() {
	ctx := context.Background()
	client, disconnect := connect()
	defer disconnect()
	guard, err := redisguard.New(client, "{report}:fence")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(guard.Check(ctx, fencing.Token{Fence: 8, Incarnation: "new"}))
	late := guard.Set(ctx, "{report}:body", "late", fencing.Token{Fence: 7, Incarnation: "old"})
	fmt.Println(errors.Is(late, fencing.ErrStale))
	// Output:
	// <nil>
	// true
}

// A script of the user's own, for what is more than one SET. The guard's keys and arguments come before its own.
func ExampleGuard_Run() {
	ctx := context.Background()
	client, disconnect := connect()
	defer disconnect()
	guard, err := redisguard.New(client, "{ledger}:fence")
	if err != nil {
		fmt.Println(err)
		return
	}
	book := redisguard.NewScript(`
		redis.call('RPUSH', KEYS[2], ARGV[3])
		return redis.call('INCRBY', KEYS[3], ARGV[4])`)
	keys := []string{"{ledger}:lines", "{ledger}:sum"}
	sum, err := guard.Run(ctx, book, fencing.Token{Fence: 8, Incarnation: "new"}, keys, "rent", 700).Int()
	fmt.Println(sum, err)
	late := guard.Run(ctx, book, fencing.Token{Fence: 7, Incarnation: "old"}, keys, "rent", 700).Err()
	fmt.Println(errors.Is(late, fencing.ErrStale), client.Get(ctx, "{ledger}:sum").Val())
	// Output:
	// 700 <nil>
	// true 700
}

func ExampleNewScript() {
	script := redisguard.NewScript(`return redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])`)
	fmt.Println(script != nil)
	// Output: true
}

// A client that does not use this package's Guard sends the Prelude before its own script.
func ExamplePrelude() {
	ctx := context.Background()
	client, disconnect := connect()
	defer disconnect()
	script := redis.NewScript(redisguard.Prelude + `return redis.call('INCR', KEYS[2])`)
	keys := []string{"{jobs}:fence", "{jobs}:done"}
	fmt.Println(script.Run(ctx, client, keys, "8", "new").Result())
	fmt.Println(script.Run(ctx, client, keys, "7", "old").Err())
	// Output:
	// 1 <nil>
	// TENURESTALE 8 new
}

func ExampleTamperedError() {
	ctx := context.Background()
	client, disconnect := connect()
	defer disconnect()
	guard, err := redisguard.New(client, "{report}:fence")
	if err != nil {
		fmt.Println(err)
		return
	}
	client.Set(ctx, "{report}:fence", "by hand", 0)
	err = guard.Set(ctx, "{report}:body", "", fencing.Token{Fence: 8, Incarnation: "new"})
	fmt.Println(errors.Is(err, redisguard.ErrTampered))
	fmt.Println(err)
	// Output:
	// true
	// tenure: the fence key "{report}:fence" has "by hand", which is no token; nothing was written
}
