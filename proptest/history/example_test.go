package history_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/proptest/history"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// Many callers make calls on a store at once, some of which go astray, and their history is linearizable. The store counts
// by the clock of the history, so that times are compared to the nanosecond.
func ExampleLoad_Run() {
	var recorder history.Recorder
	load := history.Load{Clients: 8, Calls: 100, Astray: 0.02}
	load.Run(context.Background(), &recorder, memory.New())
	result, err := history.Check(recorder.History(), history.Options{})
	fmt.Println(result.Operations, "calls", err)
	// Output: 800 calls <nil>
}

// A caller's own history, on a clock that the test moves.
func ExampleRecorder() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	begun := now
	recorder := history.Recorder{Now: func() time.Duration { return now.Sub(begun) }}
	store := recorder.Wrap(memory.New(memory.WithClock(func() time.Time { return now })))
	request := stores.AcquireRequest{
		Election: "reports", Participant: "alice", Attempt: stores.Attempt{Incarnation: "a", Number: 1}, Lease: time.Second,
	}
	_, _ = store.Acquire(context.Background(), request)
	now = now.Add(time.Second)
	_, _ = store.Get(context.Background(), "reports")
	for _, op := range recorder.History() {
		fmt.Println(op)
	}
	// Output:
	//  0.000000s .. 0.000000s  Acquire a/1 for 1s: a/1 fence 1767323045000000, 1s left
	//  1.000000s .. 1.000000s  Get: vacant
}

// forgetful is a store that forgets a lease when it is asked for it.
type forgetful struct{ *memory.Store }

func (f forgetful) Get(ctx context.Context, election string) (stores.Lease, error) {
	lease, err := f.Store.Get(ctx, election)
	_, _ = f.Release(ctx, election, lease.Tenure)
	return lease, err
}

// What contradicts itself is told in as few answers as say so.
func ExampleCheck() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	recorder := history.Recorder{Now: func() time.Duration { return 0 }}
	store := recorder.Wrap(forgetful{memory.New(memory.WithClock(func() time.Time { return now }))})
	request := stores.AcquireRequest{
		Election: "reports", Participant: "alice", Attempt: stores.Attempt{Incarnation: "a", Number: 1}, Lease: time.Second,
	}
	_, _ = store.Acquire(context.Background(), request)
	_, _ = store.Get(context.Background(), "reports")
	_, _ = store.Get(context.Background(), "other")
	_, _ = store.Get(context.Background(), "reports")
	_, err := history.Check(recorder.History(), history.Options{})
	fmt.Println(err)
	// Output:
	// tenure: the history is not linearizable: election "reports": of 3 calls, the answers of these contradict one another, whatever the others did:
	//    0.000000s .. 0.000000s  Get: a/1 fence 1767323045000000, 1s left
	//    0.000000s .. 0.000000s  Get: vacant
}
