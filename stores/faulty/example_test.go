package faulty_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

// A grant whose answer is lost is not leadership; the store knows better, until the attempt is given back.
func ExampleLink() {
	link := faulty.NewLink(memory.New())
	defer link.Close()
	link.On(faulty.Calls(faulty.Acquire).Times(1), faulty.FailAfter(nil))

	e, err := elector.New(link.Store(), elector.Config{Election: "reports", Participant: "a"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = e.TryAcquire(context.Background())
	fmt.Println(errors.Is(err, elector.ErrUnknownOutcome), e.IsLeader())
	fmt.Println(e.Close(), link.Check())
	_, err = link.Inner().Get(context.Background(), "reports")
	fmt.Println("vacant:", errors.Is(err, stores.ErrVacant))
	// Output:
	// true false
	// <nil> <nil>
	// vacant: true
}

// A late message: the caller has given up long ago when its request arrives.
func ExampleRule_Release() {
	link := faulty.NewLink(memory.New())
	defer link.Close()
	late := link.On(faulty.Calls(faulty.Acquire), faulty.Hold())
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := link.Store().Acquire(ctx, stores.AcquireRequest{
		Election: "reports", Participant: "a", Attempt: stores.Attempt{Incarnation: "a1", Number: 1}, Lease: time.Minute,
	})
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	fmt.Println(late.Release())
	lease, err := link.Inner().Get(context.Background(), "reports")
	fmt.Println(lease.Participant, err)
	// Output:
	// true
	// 1
	// a <nil>
}

// Every third renewal is lost, and one call in ten at random; a rule that did nothing is named.
func ExampleLink_Check() {
	link := faulty.NewLink(memory.New())
	defer link.Close()
	link.On(faulty.Calls(faulty.Renew).Every(3), faulty.SwallowReply())
	link.On(faulty.Calls().Randomly(0.1, 7), faulty.Fail(nil))
	fmt.Println(link.Check())
	// Output:
	// faulty: the rule "renew, 1 of 3: swallow reply" did nothing: 0 matched
	// faulty: the rule "any call, at random 0.1 with seed 7: fail" did nothing: 0 matched
}

// A link on a clock that the test moves.
func ExampleWithClock() {
	c := clock.NewManual(time.Now())
	link := faulty.NewLink(memory.New(memory.WithClock(c.Time)), faulty.WithClock(c))
	defer link.Close()
	rule := link.On(faulty.Calls(faulty.List), faulty.Do(func(context.Context, faulty.Op) error {
		c.Advance(time.Second)
		return nil
	}))
	before := c.Time()
	_, err := link.Store().List(context.Background(), "")
	fmt.Println(c.Time().Sub(before), err, rule.Hits())
	// Output: 1s <nil> 1
}

// A store that is down, and one that is cut off.
func ExampleLink_Down() {
	link := faulty.NewLink(memory.New())
	defer link.Close()
	link.Down()
	_, err := link.Store().List(context.Background(), "")
	fmt.Println(err)
	link.Cut()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err = link.Store().List(ctx, "")
	fmt.Println(err)
	link.Up()
	_, err = link.Store().List(context.Background(), "")
	fmt.Println(err, link.Stats().Faults)
	// Output:
	// faulty: injected fault: list: the store is down
	// faulty: injected fault: list: cut off: context deadline exceeded
	// <nil> map[cut:1 down:1]
}
