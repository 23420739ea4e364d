package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// contentionChecks are about participants that win and give up for a while, and readers meanwhile.
var contentionChecks = []check{
	{"under_contention_one_at_a_time_holds_under_growing_fences", 3, func(b *bench) {
		const elections, participants, tenures = 2, 4, 20
		ctx, cancel := context.WithCancel(b.ctx)
		defer cancel()
		reading := make(chan error, 1)
		go func() { reading <- caught(func() error { return b.readAll(ctx) }) }()
		contests := make([]contest, elections)
		for _, a := range together(b, elections*participants, func(i int) (struct{}, error) {
			c := &contests[i%elections]
			err := c.contend(ctx, b, fmt.Sprint("e", i%elections), fmt.Sprint("p", i/elections), tenures)
			if err != nil {
				cancel() // The others would wait for its lease to end.
			}
			return struct{}{}, err
		}) {
			b.NoError(a.err)
		}
		cancel()
		err := <-reading
		b.requireNoPanic(err)
		b.NoError(err, "a reader meanwhile")
	}},
}

// contest is one election under contention.
type contest struct {
	holding sync.Mutex // what the lease protects: two holders at once fail to lock it
	last    uint64     // fence
	won     atomic.Int64
}

// contend wins and gives up an election until it was won as often as asked. Where nobody wins for long, the last holder
// did not give up.
func (c *contest) contend(ctx context.Context, b *bench, election, participant string, tenures int) error {
	req := request(election, participant, 0)
	seen, since := c.won.Load(), time.Now()
	for won := 0; won < tenures && ctx.Err() == nil; {
		req.Attempt.Number++
		lease, err := b.store.Acquire(b.ctx, req)
		switch {
		case err == nil:
			c.won.Add(1)
			if err := c.hold(b, lease); err != nil {
				return fmt.Errorf("%s in %s: %w", participant, election, err)
			}
			won++
		case !errors.Is(err, stores.ErrHeld):
			return fmt.Errorf("%s in %s: %w", participant, election, err)
		case c.won.Load() != seen:
			seen, since = c.won.Load(), time.Now()
		case time.Since(since) > b.h.Patience:
			return fmt.Errorf("%s in %s: nobody wins any more: %w", participant, election, err)
		}
		runtime.Gosched()
	}
	return nil
}

// hold does what a holder does, and gives up. It unlocks before the release, since the next holder may be quick.
func (c *contest) hold(b *bench, lease stores.Lease) error {
	if !c.holding.TryLock() {
		return errors.New("two hold the lease at once")
	}
	err := c.renew(b, lease)
	c.holding.Unlock()
	if err != nil {
		return err
	}
	freed, err := b.store.Release(b.ctx, lease.Election, lease.Tenure)
	if err == nil && !freed {
		err = errors.New("the release of a lease that was held freed nothing")
	}
	return err
}

func (c *contest) renew(b *bench, lease stores.Lease) error {
	if lease.Fence <= c.last {
		return fmt.Errorf("fence %d after %d", lease.Fence, c.last)
	}
	c.last = lease.Fence
	for range 2 {
		runtime.Gosched() // so that others have their turn meanwhile
		_, err := b.store.Renew(b.ctx, stores.RenewRequest{Election: lease.Election, Tenure: lease.Tenure, Lease: long})
		if err != nil {
			return err
		}
	}
	return nil
}

// readAll reads until ctx ends: no election twice, and no fence after a higher one.
func (b *bench) readAll(ctx context.Context) error {
	highest := map[string]uint64{}
	for ctx.Err() == nil {
		leases, err := b.store.List(b.ctx, "e")
		if err != nil {
			return err
		}
		listed := map[string]bool{}
		for _, lease := range leases {
			if listed[lease.Election] {
				return fmt.Errorf("%s is listed twice", lease.Election)
			}
			listed[lease.Election] = true
			if lease.Fence < highest[lease.Election] {
				return fmt.Errorf("%s has fence %d after %d", lease.Election, lease.Fence, highest[lease.Election])
			}
			highest[lease.Election] = lease.Fence
		}
	}
	return nil
}
