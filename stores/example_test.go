package stores_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// A refused acquire tells who holds the lease, and for how long.
func ExampleHeldError() {
	var store memory.Store
	ctx := context.Background()
	req := stores.AcquireRequest{
		Election: "orders", Participant: "alice", Lease: 15 * time.Second,
		Attempt: stores.Attempt{Incarnation: "4f1c", Number: 1},
	}
	if _, err := store.Acquire(ctx, req); err != nil {
		fmt.Println(err)
	}

	req.Participant, req.Attempt = "bob", stores.Attempt{Incarnation: "9a30", Number: 1}
	_, err := store.Acquire(ctx, req)
	var held *stores.HeldError
	if errors.As(err, &held) {
		fmt.Println("held by", held.Lease.Participant)
		fmt.Println("try again within the lease:", held.Lease.TimeLeft <= 15*time.Second)
	}
	// Output:
	// held by alice
	// try again within the lease: true
}

// All faults are told at once.
func ExampleAcquireRequest_Validate() {
	req := stores.AcquireRequest{
		Election: "orders", Lease: 1500 * time.Microsecond, Attempt: stores.Attempt{Incarnation: "4f1c", Number: 1},
	}
	fmt.Println(req.Validate())
	// Output:
	// tenure: invalid participant: "": it must not be empty
	// tenure: invalid lease: "1.5ms": it must be a whole number of milliseconds, the unit of stores
}

// A give-back names no fence, because its sender never learnt one.
func ExampleValidateRelease() {
	attempt := stores.Attempt{Incarnation: "4f1c", Number: 7}
	fmt.Println(stores.ValidateRelease("orders", stores.Tenure{Attempt: attempt, Fence: 42}))
	fmt.Println(stores.ValidateRelease("orders", stores.Tenure{Attempt: attempt}))
	fmt.Println(stores.ValidateRelease("orders", stores.Tenure{Fence: 42}))
	// Output:
	// <nil>
	// <nil>
	// tenure: invalid incarnation: "": it must not be empty
	// tenure: invalid attempt: 0: it counts from 1 to 2^63-1
}

func ExampleValidateRevoke() {
	fmt.Println(stores.ValidateRevoke("orders", 0))
	// Output: tenure: invalid fence: 0: a revocation names the fence of its tenure
}
