package elector_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/memory"
)

// two returns two electors of one election.
func two() (a, b *elector.Elector) {
	store := memory.New()
	a, err := elector.New(store, elector.Config{Election: "reports", Participant: "a"})
	if err != nil {
		log.Fatal(err)
	}
	b, err = elector.New(store, elector.Config{Election: "reports", Participant: "b"})
	if err != nil {
		log.Fatal(err)
	}
	return a, b
}

// One try: it is granted, or tells who holds the lease.
func ExampleElector_TryAcquire() {
	a, b := two()
	term, err := a.TryAcquire(context.Background())
	fmt.Println(term.Election(), term.Remaining() > 20*time.Second, err)

	_, err = b.TryAcquire(context.Background())
	var held *elector.HeldError
	if errors.As(err, &held) {
		fmt.Println("held by", held.Lease.Participant)
	}
	fmt.Println(a.Close(), b.Close())
	// Output:
	// reports true <nil>
	// held by a
	// <nil> <nil>
}

// A campaign waits for its turn; here it is woken up by the release.
func ExampleElector_Campaign() {
	a, b := two()
	if _, err := a.Campaign(context.Background()); err != nil {
		fmt.Println(err)
	}
	won := make(chan struct{})
	go func() {
		defer close(won)
		term, err := b.Campaign(context.Background())
		fmt.Println("b leads:", term != nil, err)
	}()
	fmt.Println("a released:", a.Release(context.Background()))
	<-won
	fmt.Println(a.Close(), b.Close())
	// Unordered output:
	// a released: <nil>
	// b leads: true <nil>
	// <nil> <nil>
}

// Start takes part in the background; whoever works asks for the term.
func ExampleElector_Start() {
	e, other := two()
	if err := e.Start(); err != nil {
		fmt.Println(err)
	}
	for e.Term() == nil {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(e.State(), e.Term().Err())
	fmt.Println(e.Stop(context.Background()), e.State())
	fmt.Println(e.Close(), other.Close(), e.State())
	// Output:
	// leading <nil>
	// <nil> idle
	// <nil> <nil> closed
}

// Stop waits for registered work to return before the lease is released.
func ExampleTerm_Register() {
	e, other := two()
	term, err := e.Campaign(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	done, err := term.Register(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		defer done()
		<-term.Context().Done()
		_, err := other.TryAcquire(context.Background())
		fmt.Println("nobody else leads while the work winds up:", errors.Is(err, elector.ErrHeld))
	}()
	fmt.Println(e.Close(), other.Close())
	// Output:
	// nobody else leads while the work winds up: true
	// <nil> <nil>
}
