package elector_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/memory"
)

// Common mistakes, each as a pair. The wrong halves compile and are here to be read; only the right ones are run.
func Example_mistakes() {
	ctx := context.Background()
	e, err := elector.New(memory.New(), elector.Config{Election: "reports"})
	if err != nil {
		fmt.Println(err)
		return
	}
	write := func(uint64) {}
	items := []int{1, 2, 3}

	// The loss is not handled: the work goes on after another has taken over.
	_ = func() {
		if _, err := e.Campaign(ctx); err == nil {
			for range items {
				write(0)
			}
		}
	}
	handled := func(ctx context.Context, term *elector.Term) error {
		for range items {
			if err := term.Err(); err != nil { // right before each write,
				return err
			}
			write(term.Fence()) // which carries the fence
		}
		return ctx.Err()
	}

	// The event is trusted instead of the term: news of a gain may arrive after the loss.
	_ = func(c elector.Change) {
		if c.Gained != nil {
			write(0)
		}
	}
	trusted := func(c elector.Change) {
		if c.Gained != nil && c.Gained.Err() == nil {
			write(c.Gained.Fence())
		}
	}
	defer e.Subscribe(trusted)()

	// Nothing is closed: the lease stays for its whole time, and nobody else leads meanwhile.
	_ = func() { _, _ = e.Campaign(ctx) }
	closed := func() error {
		term, err := e.Campaign(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = e.Close() }()
		return handled(term.Context(), term)
	}

	// Long work does not look: the context tells that the time is over, and nobody listens.
	_ = func(context.Context) {
		for {
			write(0)
			break
		}
	}

	// A goroutine goes on under a term that nobody waits for: register it, and the lease is kept until it has returned.
	_ = func(term *elector.Term) { go handled(term.Context(), term) } //nolint:errcheck // the wrong half
	registered := func(term *elector.Term) error {
		done, err := term.Register(ctx)
		if err != nil {
			return err
		}
		go func() {
			defer done()
			_ = handled(term.Context(), term)
		}()
		return nil
	}

	term, err := e.Campaign(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(registered(term), closed())
	// Output: <nil> <nil>
}

// IsLeader asks about now; a term asks about the tenure under which the work began. After a loss and a new election
// only the term knows that the old work must stop.
func ExampleTerm_Err() {
	ctx := context.Background()
	e, err := elector.New(memory.New(), elector.Config{Election: "reports"})
	if err != nil {
		fmt.Println(err)
		return
	}
	first, err := e.TryAcquire(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = e.Release(ctx)
	second, err := e.TryAcquire(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("leader now:", e.IsLeader(), "first term over:", first.Err() != nil, "fences grow:", second.Fence() > first.Fence())
	fmt.Println(e.Close())
	// Output:
	// leader now: true first term over: true fences grow: true
	// <nil>
}

func ExampleTerm_Context() {
	e, err := elector.New(memory.New(), elector.Config{Election: "reports"})
	if err != nil {
		fmt.Println(err)
		return
	}
	term, err := e.Campaign(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := term.Context()
	fmt.Println(ctx.Err(), e.Close(), ctx.Err())
	<-ctx.Done()
	fmt.Println(errors.Is(context.Cause(ctx), elector.ErrEnded))
	// Output:
	// <nil> <nil> context canceled
	// true
}
