package elector_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/memory"
)

// A background service: every copy runs this, and one of them works. The work looks at its term before each write, and
// sends the fence with it.
func ExampleElector_Run() {
	store := memory.New()
	ctx, cancel := context.WithCancel(context.Background())
	var table fencedTable

	service := func(name string) error {
		e, err := elector.New(store, elector.Config{Election: "invoices", Participant: name})
		if err != nil {
			return err
		}
		return e.Run(ctx, func(ctx context.Context, term *elector.Term) error {
			for n := 1; n <= 3; n++ {
				if err := term.Err(); err != nil {
					return err
				}
				if err := table.write(term, fmt.Sprintf("invoice %d", n)); err != nil {
					return err
				}
			}
			cancel()
			<-ctx.Done()
			return nil
		})
	}
	var copies sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		copies.Go(func() {
			if err := service(name); err != nil {
				fmt.Println(err)
			}
		})
	}
	copies.Wait()
	fmt.Println(table.rows)
	// Output: [invoice 1 invoice 2 invoice 3]
}

// fencedTable stands for what the election protects. It accepts a higher fence, or the same one from the same
// incarnation, so a write that arrives in the time of a later leader is refused.
type fencedTable struct {
	mu          sync.Mutex
	fence       uint64
	incarnation string
	rows        []string
}

func (t *fencedTable) write(term *elector.Term, row string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if term.Fence() < t.fence || term.Fence() == t.fence && term.Incarnation() != t.incarnation {
		return fmt.Errorf("fence %d is outdated, %d was seen", term.Fence(), t.fence)
	}
	t.fence, t.incarnation = term.Fence(), term.Incarnation()
	t.rows = append(t.rows, row)
	return nil
}

// A one-off job that takes longer than its lease, in manual mode: each step begins by renewing, so a job that is stuck
// loses the lease by itself. Other copies find it taken, and go on.
func ExampleElector_Renew_migration() {
	// The example moves its own clock; leave out both clocks to use the machine's.
	clk := clock.NewManual(time.Now())
	store := memory.New(memory.WithClock(clk.Time))
	ctx := context.Background()
	migrate := func(name string) error {
		e, err := elector.New(store, elector.Config{
			Election: "migration 17", Participant: name, Lease: 30 * time.Second, Manual: true, Clock: clk,
		})
		if err != nil {
			return err
		}
		defer func() { _ = e.Close() }() // also releases
		term, err := e.TryAcquire(ctx)
		if err != nil {
			return err
		}
		for step := 1; step <= 4; step++ {
			if err := e.Renew(ctx); err != nil {
				return err
			}
			fmt.Printf("%s: step %d, still leading: %v\n", name, step, term.Err() == nil)
			if step == 1 {
				other, err := elector.New(store, elector.Config{Election: "migration 17", Participant: "late"})
				if err != nil {
					return err
				}
				_, err = other.TryAcquire(ctx)
				var held *elector.HeldError
				fmt.Println("late: somebody migrates:", errors.As(err, &held) && held.Lease.Participant == name)
				_ = other.Close()
			}
			clk.Advance(20 * time.Second) // the step's work; in all it takes longer than the lease
		}
		return e.Release(ctx)
	}
	fmt.Println(migrate("first"))
	// Output:
	// first: step 1, still leading: true
	// late: somebody migrates: true
	// first: step 2, still leading: true
	// first: step 3, still leading: true
	// first: step 4, still leading: true
	// <nil>
}

// Many participants in one process: each part of a program takes part in its own election, over one store.
func ExampleProvider() {
	provider, err := elector.NewProvider(memory.New(), elector.Config{Participant: "replica 1", Lease: 10 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"cache warmer", "mailer", "reports"} {
		e, err := provider.Elector(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		term, err := e.Campaign(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(term.Election(), e.IsLeader())
	}
	fmt.Println(provider.Close())
	// Output:
	// cache warmer true
	// mailer true
	// reports true
	// <nil>
}

// Several participants of one election in one process: exactly one leads.
func Example_manyParticipants() {
	store := memory.New()
	var electors []*elector.Elector
	for i := range 10 {
		e, err := elector.New(store, elector.Config{Election: "shard 7", Participant: fmt.Sprint("worker ", i)})
		if err != nil {
			fmt.Println(err)
			return
		}
		if _, err := e.TryAcquire(context.Background()); err != nil && !errors.Is(err, elector.ErrHeld) {
			fmt.Println(err)
		}
		electors = append(electors, e)
	}
	leaders := 0
	for _, e := range electors {
		if e.IsLeader() {
			leaders++
		}
	}
	fmt.Println(len(electors), "participants,", leaders, "leader")
	for _, e := range electors {
		if err := e.Close(); err != nil {
			fmt.Println(err)
		}
	}
	// Output: 10 participants, 1 leader
}
