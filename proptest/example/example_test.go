package example_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

// A leader whose store is down, in virtual time.
func Example() {
	clk := clock.NewManual(time.Now())
	store := memory.New(memory.WithClock(clk.Time)) // or your own
	link := faulty.NewLink(store, faulty.WithClock(clk))
	defer link.Close()
	a, errA := elector.New(link.Store(), elector.Config{Election: "reports", Participant: "a", Clock: clk})
	b, errB := elector.New(store, elector.Config{Election: "reports", Participant: "b", Clock: clk})
	if err := errors.Join(errA, errB); err != nil {
		fmt.Println(err)
		return
	}
	var history leadership.History
	history.Follow(a)
	history.Follow(b)

	_, errA = a.Campaign(context.Background())
	history.Look(a, b)
	link.Down()
	fmt.Println(errors.Is(a.Renew(context.Background()), elector.ErrUnknownOutcome), a.IsLeader())
	clk.Advance(elector.Config{}.Failover().Crash)
	history.Look(a, b)
	_, errB = b.Campaign(context.Background())
	history.Look(a, b)

	fmt.Println(errA, errB, a.IsLeader(), b.IsLeader())
	fmt.Println(errors.Join(a.Close(), b.Close(), history.Check()))
	// Output:
	// true true
	// <nil> <nil> false true
	// <nil>
}
