package memory_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// A lease is granted to one attempt at a time, under a fence that grows.
func ExampleStore() {
	var store memory.Store
	ctx := context.Background()
	ask := func(incarnation string) (stores.Lease, error) {
		return store.Acquire(ctx, stores.AcquireRequest{
			Election: "reports", Participant: "node", Lease: time.Minute,
			Attempt: stores.Attempt{Incarnation: incarnation, Number: 1},
		})
	}
	first, err := ask("one")
	fmt.Println(first.Participant, err)
	_, err = ask("two")
	fmt.Println(errors.Is(err, stores.ErrHeld))
	freed, err := store.Release(ctx, "reports", first.Tenure)
	fmt.Println(freed, err)
	second, err := ask("two")
	fmt.Println(second.Fence > first.Fence, err)
	// Output:
	// node <nil>
	// true
	// true <nil>
	// true <nil>
}
