package elector_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/memory"
)

// One of several participants leads and works; when it ends, another takes over.
func Example() {
	store := memory.New()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	e, err := elector.New(store, elector.Config{Election: "reports", Participant: "a"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = e.Run(ctx, func(ctx context.Context, term *elector.Term) error {
		fmt.Println("leading", term.Election(), ctx.Err() == nil)
		cancel()
		<-ctx.Done()
		fmt.Println(context.Cause(ctx) != nil, e.IsLeader())
		return nil
	})
	fmt.Println(err, e.State())
	// Output:
	// leading reports true
	// true false
	// <nil> idle
}
