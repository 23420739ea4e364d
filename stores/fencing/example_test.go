package fencing_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/memory"
)

// A leader writes under the token of its term. When another leads, what the first one still sends is refused.
func Example() {
	var (
		store  = memory.New()
		ctx    = context.Background()
		guard  = fencing.Guard{Resource: "ledger"}
		ledger []string
	)
	write := func(token fencing.Token, line string) error {
		return guard.Do(token, func() error {
			ledger = append(ledger, line)
			return nil
		})
	}
	var tokens []fencing.Token
	for _, name := range []string{"first", "second"} {
		e, err := elector.New(store, elector.Config{Election: "ledger", Participant: name})
		if err != nil {
			fmt.Println(err)
			return
		}
		term, err := e.Campaign(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		tokens = append(tokens, fencing.Of(term))
		fmt.Println(name, "writes:", write(fencing.Of(term), "by the "+name))
		if err := e.Close(); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println("a late write:", errors.Is(write(tokens[0], "late"), fencing.ErrStale))
	fmt.Println(ledger)
	// Output:
	// first writes: <nil>
	// second writes: <nil>
	// a late write: true
	// [by the first by the second]
}

// message is any carrier of a fence and an incarnation, such as a request that a leader sent.
type message struct {
	fence       uint64
	incarnation string
}

func (m message) Fence() uint64       { return m.fence }
func (m message) Incarnation() string { return m.incarnation }

func ExampleOf() {
	var source fencing.Source = message{fence: 7, incarnation: "4f1d"}
	fmt.Println(fencing.Of(source))
	// Output: fence 7 of incarnation "4f1d"
}

func ExampleToken_Validate() {
	fmt.Println(fencing.Token{Fence: 7, Incarnation: "4f1d"}.Validate())
	err := fencing.Token{}.Validate()
	fmt.Println(errors.Is(err, stores.ErrInvalid))
	fmt.Println(err)
	// Output:
	// <nil>
	// true
	// tenure: invalid fence: 0: a fence is from 1 to 2^63-1
	// tenure: invalid incarnation: "": it must not be empty
}

func ExampleToken_String() {
	fmt.Println(fencing.Token{Fence: 7, Incarnation: "4f1d"}.String())
	// Output: fence 7 of incarnation "4f1d"
}

func ExampleAdmits() {
	last := fencing.Token{Fence: 7, Incarnation: "a"}
	for _, next := range []fencing.Token{{Fence: 8, Incarnation: "b"}, last, {Fence: 7, Incarnation: "b"}, {Fence: 6, Incarnation: "a"}} {
		fmt.Println(next, fencing.Admits(last, next))
	}
	// Output:
	// fence 8 of incarnation "b" true
	// fence 7 of incarnation "a" true
	// fence 7 of incarnation "b" false
	// fence 6 of incarnation "a" false
}

func ExampleStaleError() {
	guard := fencing.Guard{Resource: "ledger"}
	_ = guard.Check(fencing.Token{Fence: 8, Incarnation: "new"})
	err := guard.Check(fencing.Token{Fence: 7, Incarnation: "old"})
	var stale *fencing.StaleError
	if errors.As(err, &stale) {
		fmt.Println(stale.Resource, stale.Offered.Fence, stale.Highest.Fence)
	}
	// Output: ledger 7 8
}

// The zero value is ready; a name makes its errors clearer.
func ExampleGuard() {
	var guard fencing.Guard
	fmt.Println(guard.Highest() == fencing.Token{})
	// Output: true
}

func ExampleGuard_Do() {
	var (
		guard fencing.Guard
		value string
	)
	set := func(fence uint64, to string) error {
		return guard.Do(fencing.Token{Fence: fence, Incarnation: "run of " + to}, func() error {
			value = to
			return nil
		})
	}
	fmt.Println(set(7, "old"), set(8, "new"), value)
	fmt.Println(set(7, "old"))
	fmt.Println(value)
	// Output:
	// <nil> <nil> new
	// tenure: resource "" refuses a write under fence 7 of incarnation "run of old": it has admitted fence 8 of incarnation "run of new"
	// new
}

// A new leader shuts the earlier ones out before it reads what they left. After that nothing more of theirs arrives.
func ExampleGuard_Check() {
	var guard fencing.Guard
	fmt.Println(guard.Check(fencing.Token{Fence: 8, Incarnation: "new"}))
	late := guard.Do(fencing.Token{Fence: 7, Incarnation: "old"}, func() error { return nil })
	fmt.Println(errors.Is(late, fencing.ErrStale))
	// Output:
	// <nil>
	// true
}

func ExampleGuard_Highest() {
	var guard fencing.Guard
	_ = guard.Check(fencing.Token{Fence: 8, Incarnation: "new"})
	fmt.Println(guard.Highest())
	// Output: fence 8 of incarnation "new"
}
