package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// caller is the half of a breakable store that is on its user's side of the link. Faults are planted here that no store
// shows as long as messages arrive, and in order.
type caller struct {
	stores.Watcher // the other half, over the link
	s              *breakable
	over           <-chan struct{} // closed at the end of the test

	mu     sync.Mutex
	unsure map[stores.Tenure]bool // releases that had no answer
}

func newCaller(overLink stores.Store, s *breakable, over <-chan struct{}) *caller {
	return &caller{Watcher: overLink.(stores.Watcher), s: s, over: over, unsure: map[stores.Tenure]bool{}}
}

// mark is what this half tells the other about a call, within the call's context.
type mark int

const (
	compared mark = iota // that it has compared, so that the other half need not
	minted               // the fence
	sent                 // the instant that times count from
)

// from is the instant that times count from.
func (s *breakable) from(ctx context.Context) time.Time {
	if at, reckoned := ctx.Value(sent).(time.Time); reckoned {
		return at
	}
	return s.now
}

// attempt makes a call, with what is common to the faults of all.
func attempt[T any](
	ctx context.Context, c *caller, election string, refusal error, call func(context.Context) (T, error),
) (T, error) {
	var none T
	ended := c.s.is("does not return when its context ends") && ctx.Err() != nil
	if c.s.is("acts in a second message, once the first is answered") {
		if _, err := c.Watcher.Get(ctx, election); err != nil && !definite(err) {
			return none, err
		}
	}
	if c.s.is("times are reckoned by the caller") {
		ctx = context.WithValue(ctx, sent, c.s.advance(0))
	}
	got, err := call(ctx)
	answered := err == nil || definite(err)
	c.sendNotices(answered)
	switch {
	case answered:
	case c.s.is("does not return when its context ends") && !ended:
		<-c.over
	case c.s.is("a call without an answer is taken for a refusal"):
		return none, refusal
	}
	return got, err
}

func (c *caller) sendNotices(answered bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, send := range c.s.unsent {
		if answered {
			send()
		}
	}
	c.s.unsent = nil
}

// comparing returns a context for a call that is compared on this side, if that is the fault, and if it may go on.
func (c *caller) comparing(
	ctx context.Context, fault, election string, goesOn func(have stores.Lease, vacant bool) bool,
) context.Context {
	if !c.s.is(fault) {
		return ctx
	}
	have, err := c.s.Get(context.Background(), election)
	if (err == nil || errors.Is(err, stores.ErrVacant)) && goesOn(have, err != nil) {
		return context.WithValue(ctx, compared, true)
	}
	return ctx
}

func (c *caller) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	ctx = c.comparing(ctx, "an acquire is compared by the caller", req.Election, func(have stores.Lease, vacant bool) bool {
		return vacant || have.Incarnation == req.Attempt.Incarnation && have.Number < req.Attempt.Number
	})
	if c.s.is("fences are minted by the caller") {
		c.s.mu.Lock()
		ctx = context.WithValue(ctx, minted, c.s.mint(c.s.record(req.Election), req))
		c.s.mu.Unlock()
	}
	lease, err := attempt(ctx, c, req.Election, &stores.HeldError{}, func(ctx context.Context) (stores.Lease, error) {
		return c.Watcher.Acquire(ctx, req)
	})
	if err == nil || definite(err) {
		return lease, err
	}
	switch bg := context.Background(); {
	case c.s.is("an acquire without an answer is given back"):
		_, _ = c.s.Release(bg, req.Election, giveBack(req.Attempt))
	case c.s.is("an acquire without an answer is sent again as the next attempt"):
		req.Attempt.Number++
		_, _ = c.s.Acquire(bg, req)
	case c.s.is("an acquire without an answer frees the lease"):
		have, _ := c.s.Get(bg, req.Election)
		_, _ = c.s.Release(bg, req.Election, have.Tenure)
	}
	return lease, err
}

func (c *caller) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	ctx = c.comparing(ctx, "a renewal is compared by the caller", req.Election, func(have stores.Lease, _ bool) bool {
		return have.Tenure == req.Tenure && have.TimeLeft < req.Lease
	})
	lease, err := attempt(ctx, c, req.Election, &stores.LostError{}, func(ctx context.Context) (stores.Lease, error) {
		return c.Watcher.Renew(ctx, req)
	})
	if err != nil && !definite(err) && c.s.is("a renewal without an answer releases") {
		_, _ = c.s.Release(context.Background(), req.Election, req.Tenure)
	}
	return lease, err
}

func (c *caller) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	fault := "a release is compared by the caller"
	if tenure.Fence == 0 {
		fault = "a give-back is compared by the caller"
	}
	ctx = c.comparing(ctx, fault, election, func(have stores.Lease, _ bool) bool {
		return have.Attempt == tenure.Attempt && (tenure.Fence == 0 || have.Fence == tenure.Fence)
	})
	freed, err := attempt(ctx, c, election, nil, func(ctx context.Context) (bool, error) {
		return c.Watcher.Release(ctx, election, tenure)
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && !definite(err) {
		c.unsure[tenure] = c.s.is("a release without an answer counts as done")
	}
	return freed || err == nil && c.unsure[tenure], err
}

func (c *caller) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	ctx = c.comparing(ctx, "a revocation is compared by the caller", election, func(have stores.Lease, vacant bool) bool {
		return !vacant && have.Fence == fence
	})
	return attempt(ctx, c, election, nil, func(ctx context.Context) (bool, error) {
		return c.Watcher.Revoke(ctx, election, fence)
	})
}

func (c *caller) Get(ctx context.Context, election string) (stores.Lease, error) {
	return attempt(ctx, c, election, stores.ErrVacant, func(ctx context.Context) (stores.Lease, error) {
		return c.Watcher.Get(ctx, election)
	})
}

func (c *caller) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	return attempt(ctx, c, "e", nil, func(ctx context.Context) ([]stores.Lease, error) {
		return c.Watcher.List(ctx, prefix)
	})
}
