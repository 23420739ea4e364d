package memory_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// Two participants, one store: the second is refused until the first releases.
func Example() {
	var store memory.Store
	ctx := context.Background()
	alice := stores.AcquireRequest{
		Election: "orders", Participant: "alice", Lease: 15 * time.Second,
		Attempt: stores.Attempt{Incarnation: "4f1c", Number: 1},
	}
	bob := alice
	bob.Participant, bob.Attempt.Incarnation = "bob", "9a30"

	first, err := store.Acquire(ctx, alice)
	fmt.Println(first.Participant, err)
	_, err = store.Acquire(ctx, bob)
	fmt.Println("bob is refused:", errors.Is(err, stores.ErrHeld))
	freed, err := store.Release(ctx, "orders", first.Tenure)
	fmt.Println("released:", freed, err)
	second, err := store.Acquire(ctx, bob)
	fmt.Println(second.Participant, err)
	fmt.Println("the fence has grown:", second.Fence > first.Fence)
	// Output:
	// alice <nil>
	// bob is refused: true
	// released: true <nil>
	// bob <nil>
	// the fence has grown: true
}

// A test moves the clock in place of waiting for a lease to end.
func ExampleWithClock() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	store := memory.New(memory.WithClock(func() time.Time { return now }))
	ctx := context.Background()
	lease, err := store.Acquire(ctx, stores.AcquireRequest{
		Election: "orders", Participant: "alice", Lease: 15 * time.Second,
		Attempt: stores.Attempt{Incarnation: "4f1c", Number: 1},
	})
	fmt.Println(lease.TimeLeft, err)

	now = now.Add(14 * time.Second)
	lease, err = store.Get(ctx, "orders")
	fmt.Println(lease.TimeLeft, err)

	now = now.Add(time.Second)
	_, err = store.Get(ctx, "orders")
	fmt.Println(err)
	// Output:
	// 15s <nil>
	// 1s <nil>
	// tenure: the election is vacant: "orders"
}

// A follower is woken by a release. Notices are hints: it tries, and the store decides.
func ExampleStore_Watch() {
	var store memory.Store
	ctx, cancel := context.WithCancel(context.Background())
	notices, err := store.Watch(ctx, "orders")
	if err != nil {
		fmt.Println(err)
	}
	lease, err := store.Acquire(ctx, stores.AcquireRequest{
		Election: "orders", Participant: "alice", Lease: 15 * time.Second,
		Attempt: stores.Attempt{Incarnation: "4f1c", Number: 1},
	})
	if err != nil {
		fmt.Println(err)
	}
	notice := <-notices
	fmt.Println("held by", notice.Lease.Participant)
	if _, err := store.Release(ctx, "orders", lease.Tenure); err != nil {
		fmt.Println(err)
	}
	notice = <-notices
	fmt.Println("vacated:", notice.Kind == stores.NoticeVacated)
	cancel()
	_, open := <-notices
	fmt.Println("open:", open)
	// Output:
	// held by alice
	// vacated: true
	// open: false
}

func ExampleNew() {
	store := memory.New()
	leases, err := store.List(context.Background(), "")
	fmt.Println(len(leases), err)
	// Output: 0 <nil>
}
