package faulty

import (
	"context"
	"sync"

	"github.com/tenure-go/tenure/stores"
)

// parcel is one request on its way: the store carries it out once, whenever it arrives.
type parcel[T any] struct {
	call   func() (T, error)
	once   sync.Once
	done   chan struct{}
	answer T
	err    error
}

// arrive lets the store carry the request out.
func (p *parcel[T]) arrive() {
	p.once.Do(func() {
		defer close(p.done)
		p.answer, p.err = p.call()
	})
}

// carry takes a call over the link.
func carry[T any](ctx context.Context, l *Link, op Op, call func(context.Context) (T, error)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return call(ctx) // Nobody sends anything then, so there is nothing that could befall it.
	}
	rule, state, back := l.take(op)
	switch {
	case state == down:
		return none, injected(op, "the store is down", nil)
	case state == cut:
		return none, l.waited(ctx, op, "cut off", back)
	case rule == nil:
		return call(ctx)
	}
	// A message that is on its way does not end with the patience of its sender.
	sent := context.WithoutCancel(ctx)
	p := &parcel[T]{call: func() (T, error) { return call(sent) }, done: make(chan struct{})}
	switch rule.fault.kind {
	case fail:
		rule.hit()
		return none, injected(op, "it was not sent", rule.fault.err)
	case do:
		rule.hit()
		if err := rule.fault.do(ctx, op); err != nil {
			return none, err
		}
		return call(ctx)
	case swallowRequest:
		rule.hit()
		return none, l.waited(ctx, op, "the request was lost", nil)
	case delay, hold, hang:
		return keep(ctx, rule, op, p)
	default:
		return answer(ctx, rule, op, p)
	}
}

// keep is for the faults that keep the request.
func keep[T any](ctx context.Context, r *Rule, op Op, p *parcel[T]) (T, error) {
	r.later(p.arrive)
	if r.fault.kind == hang {
		ctx = context.WithoutCancel(ctx)
	}
	select {
	case <-p.done:
		return p.answer, p.err
	case <-ctx.Done():
	case <-r.link.closed:
	}
	var none T
	return none, r.link.waited(ctx, op, "the request was kept back", nil)
}

// answer is for the faults that the store has carried the request out before.
func answer[T any](ctx context.Context, r *Rule, op Op, p *parcel[T]) (T, error) {
	var none T
	p.arrive()
	switch r.fault.kind {
	case failAfter:
		r.hit()
		return none, injected(op, "the answer was lost", r.fault.err)
	case swallowReply:
		r.hit()
		return none, r.link.waited(ctx, op, "the answer was lost", nil)
	case duplicate:
		_, _ = p.call()
		r.hit()
		return p.answer, p.err
	case retry:
		again, err := p.call()
		r.hit()
		return again, err
	case hangReply:
		ctx = context.WithoutCancel(ctx)
	default:
	}
	come := make(chan struct{})
	r.later(func() { close(come) })
	select {
	case <-come:
		return p.answer, p.err
	case <-ctx.Done():
	case <-r.link.closed:
	}
	return none, r.link.waited(ctx, op, "the answer was kept back", nil)
}

// end is a participant's end of a link.
type end struct{ link *Link }

// Acquire implements [stores.Store].
func (e end) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	return carry(ctx, e.link, Acquire, func(ctx context.Context) (stores.Lease, error) { return e.link.inner.Acquire(ctx, req) })
}

// Renew implements [stores.Store].
func (e end) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	return carry(ctx, e.link, Renew, func(ctx context.Context) (stores.Lease, error) { return e.link.inner.Renew(ctx, req) })
}

// Release implements [stores.Store].
func (e end) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	return carry(ctx, e.link, Release, func(ctx context.Context) (bool, error) {
		return e.link.inner.Release(ctx, election, tenure)
	})
}

// Revoke implements [stores.Store].
func (e end) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	return carry(ctx, e.link, Revoke, func(ctx context.Context) (bool, error) { return e.link.inner.Revoke(ctx, election, fence) })
}

// Get implements [stores.Store].
func (e end) Get(ctx context.Context, election string) (stores.Lease, error) {
	return carry(ctx, e.link, Get, func(ctx context.Context) (stores.Lease, error) { return e.link.inner.Get(ctx, election) })
}

// List implements [stores.Store].
func (e end) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	return carry(ctx, e.link, List, func(ctx context.Context) ([]stores.Lease, error) { return e.link.inner.List(ctx, prefix) })
}
