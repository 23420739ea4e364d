package leadership_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/proptest/leadership"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/memory"
)

// Two electors are followed and looked at, and write; at the end the history must keep the rules.
func ExampleHistory() {
	store, history := memory.New(), &leadership.History{}
	ledger := &fencing.Guard{Resource: "ledger"}
	for _, name := range []string{"a", "b"} {
		e, err := elector.New(store, elector.Config{Election: "reports", Participant: name})
		if err != nil {
			fmt.Println(err)
			return
		}
		history.Follow(e)
		term, err := e.Campaign(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		history.Look(e)
		fmt.Println(history.Write(e, term, ledger, func() error { return nil }))
		fmt.Println(e.Close())
	}
	fmt.Println(history.Check())
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// <nil>
	// <nil>
}

// A history can come from anywhere, for instance from the logs of several processes with one clock.
func ExampleCheck() {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	see := func(who string, fence uint64, position uint64) leadership.Event {
		return leadership.Event{
			Kind: leadership.Led, Election: "reports", Participant: who, Incarnation: who + "1", Fence: fence,
			Begin: position, End: position, At: at.Add(time.Duration(position) * time.Second),
		}
	}
	fmt.Println(leadership.Check([]leadership.Event{see("a", 7, 1), see("b", 8, 2), see("a", 7, 3)}))
	// Output:
	// leadership: two leaders in election "reports": a under fence 7 and b under fence 8 led at one instant
	// 	12:00:01.000000: a (a1) leads under fence 7
	// 	12:00:02.000000: b (b1) leads under fence 8
	// 	12:00:03.000000: a (a1) leads under fence 7
}
