package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tenure-go/tenure/stores"
)

// What contends. Each participant tries a number of times and is done, whatever came of it: so a check ends also on a
// store that grants nothing more.
const (
	contests     = 3
	participants = 4
	tries        = 12
)

// contest is one election under contention.
type contest struct {
	election string
	met      sync.WaitGroup // until each participant has tried once
	holding  sync.Mutex     // what the lease protects: two holders at once fail to lock it
	last     uint64         // the highest fence of any holder; kept while holding
	won      int            // likewise
}

// contender is a participant of a contest.
type contender struct {
	*contest
	b     *bench
	req   stores.AcquireRequest
	seen  uint64 // the highest fence that it was told of
	tried func()
}

func (c *contest) contender(b *bench, participant string) *contender {
	req := with(request(c.election, participant, 0), stores.MaxLease)
	return &contender{contest: c, b: b, req: req, tried: sync.OnceFunc(c.met.Done)}
}

func (c *contender) contend() error {
	defer c.tried()
	for range tries {
		c.req.Attempt.Number++
		lease, err := c.b.store.Acquire(c.b.ctx, c.req)
		var held *stores.HeldError
		switch {
		case err == nil:
			err = c.win(lease)
		case errors.As(err, &held):
			c.tried()
			err = c.yield(held.Lease)
		}
		if err != nil {
			return fmt.Errorf("%s in %s: %w", c.req.Participant, c.election, err)
		}
	}
	return nil
}

// yield takes a refusal, and gives back what was not granted.
func (c *contender) yield(to stores.Lease) error {
	if to.Participant == c.req.Participant {
		return errors.New("refused because of a lease that it has released")
	}
	if to.Fence < c.seen {
		return fmt.Errorf("refused under fence %d after %d", to.Fence, c.seen)
	}
	c.seen = to.Fence
	return c.release(giveBack(c.req.Attempt), false)
}

// win does what a holder does, and releases. It unlocks before that, since the next holder may be quick.
func (c *contender) win(lease stores.Lease) error {
	if !c.holding.TryLock() {
		return errors.New("two hold the lease at once")
	}
	tenure, err := c.hold(lease)
	byAttempt := c.won%2 == 0
	c.won++
	c.holding.Unlock()
	if byAttempt {
		tenure = giveBack(tenure.Attempt)
	}
	if err != nil {
		return err
	}
	return c.release(tenure, true)
}

// hold repeats, renews and now and then replaces the lease, and returns the tenure that it has then.
func (c *contender) hold(lease stores.Lease) (stores.Tenure, error) {
	// While the first holds, all others try. So it does not take luck for two to meet.
	c.tried()
	c.met.Wait()
	if err := c.rise(lease.Fence); err != nil {
		return lease.Tenure, err
	}
	again, err := c.b.store.Acquire(c.b.ctx, c.req)
	if err := asExpected("a repeat", again.Tenure == lease.Tenure, err); err != nil {
		return lease.Tenure, err
	}
	renewal := stores.RenewRequest{Election: c.election, Tenure: lease.Tenure, Lease: stores.MaxLease}
	again, err = c.b.store.Renew(c.b.ctx, renewal)
	if err := asExpected("a renewal", again.Tenure == lease.Tenure, err); err != nil {
		return lease.Tenure, err
	}
	if c.won%3 != 0 {
		return lease.Tenure, nil
	}
	c.req.Attempt.Number++
	next, err := c.b.store.Acquire(c.b.ctx, c.req)
	if err != nil {
		return next.Tenure, fmt.Errorf("the holder's next attempt: %w", err)
	}
	if err := c.rise(next.Fence); err != nil {
		return next.Tenure, err
	}
	return next.Tenure, c.release(lease.Tenure, false)
}

// rise takes the fence of a tenure that was granted.
func (c *contender) rise(fence uint64) error {
	if fence <= max(c.last, c.seen) {
		return fmt.Errorf("granted under fence %d after %d", fence, max(c.last, c.seen))
	}
	c.last, c.seen = fence, fence
	return nil
}

func (c *contender) release(tenure stores.Tenure, want bool) error {
	freed, err := c.b.store.Release(c.b.ctx, c.election, tenure)
	return asExpected(fmt.Sprintf("a release that was to answer with %t", want), freed == want, err)
}

func asExpected(call string, ok bool, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s failed: %w", call, err)
	case !ok:
		return fmt.Errorf("%s had the wrong answer", call)
	default:
		return nil
	}
}

// contentionChecks are about many that win and give up, for a while.
var contentionChecks = []check{
	{"under_contention_one_at_a_time_holds_under_growing_fences", 3, func(b *bench) {
		b.contention(0)
	}},
	{"readers_see_one_lease_at_a_time_and_none_that_is_over", 5, func(b *bench) {
		b.contention(2)
	}},
}

// contention lets participants contend for several elections, and readers read meanwhile.
func (b *bench) contention(readers int) {
	b.Helper()
	var all []func() error
	var contending atomic.Int64
	elections := make([]string, contests)
	for i := range elections {
		c := &contest{election: fmt.Sprint("contested by many ", i)}
		elections[i] = c.election
		c.met.Add(participants)
		for p := range participants {
			contending.Add(1)
			all = append(all, func() error {
				defer contending.Add(-1)
				return c.contender(b, fmt.Sprint("p", p)).contend()
			})
		}
	}
	for range readers {
		all = append(all, func() error {
			r := reader{b: b, elections: elections, views: map[string]*view{}}
			return r.readWhile(func() bool { return contending.Load() > 0 })
		})
	}
	for _, a := range together(b, len(all), func(i int) (struct{}, error) { return struct{}{}, all[i]() }) {
		b.NoError(a.err)
	}
}
