package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/tenure-go/tenure/stores"
)

// InProcess returns the harness h of a store in this process, where no message is ever lost, with a Lose and a Late: it
// puts a link that can fail between the suite and the store that h.New returns.
func InProcess(h Harness) Harness {
	newStore := h.New
	h.New = func(t *testing.T) stores.Store { return overLink(newStore(t)) }
	h.Lose = func(t *testing.T, call func(context.Context)) {
		runWith(t, call, func(request func()) { request() })
	}
	h.Late = func(t *testing.T, call func(context.Context)) (deliver func()) {
		runWith(t, call, func(request func()) { deliver = request })
		return deliver
	}
	return h
}

// mishap is what befalls one call on a link. The call's context carries it there, so that the link needs no state and
// the calls made meanwhile go unharmed.
type mishap struct {
	befall func(request func()) // request lets the store carry the call out
	giveUp context.CancelFunc   // what the caller does then
	spent  atomic.Bool
}

type mishapKey struct{}

// runWith runs call, with a context under which the first call on a link meets a mishap.
func runWith(t *testing.T, call func(context.Context), befall func(request func())) {
	// Of the test's own context nothing is waited for: in a bubble of testing/synctest, that would be from outside.
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	defer cancel()
	call(context.WithValue(ctx, mishapKey{}, &mishap{befall: befall, giveUp: cancel}))
}

// pass takes a call over the link.
func pass[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	m, _ := ctx.Value(mishapKey{}).(*mishap)
	if m == nil || m.spent.Swap(true) {
		return call(ctx)
	}
	// A message that is on its way does not end with the patience of its sender.
	sent := context.WithoutCancel(ctx)
	m.befall(func() { _, _ = call(sent) })
	m.giveUp()
	var none T
	return none, fmt.Errorf("storetest: the call had no answer: %w", ctx.Err())
}

// overLink puts a link before the store. It is a stores.Watcher if the store is one.
func overLink(store stores.Store) stores.Store {
	switch s := store.(type) {
	case nil:
		return nil
	case stores.Watcher:
		return watchedLink{link: link{s}, watcher: s}
	default:
		return link{s}
	}
}

type link struct{ store stores.Store }

func (l link) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	return pass(ctx, func(ctx context.Context) (stores.Lease, error) { return l.store.Acquire(ctx, req) })
}

func (l link) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	return pass(ctx, func(ctx context.Context) (stores.Lease, error) { return l.store.Renew(ctx, req) })
}

func (l link) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	return pass(ctx, func(ctx context.Context) (bool, error) { return l.store.Release(ctx, election, tenure) })
}

func (l link) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	return pass(ctx, func(ctx context.Context) (bool, error) { return l.store.Revoke(ctx, election, fence) })
}

func (l link) Get(ctx context.Context, election string) (stores.Lease, error) {
	return pass(ctx, func(ctx context.Context) (stores.Lease, error) { return l.store.Get(ctx, election) })
}

func (l link) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	return pass(ctx, func(ctx context.Context) ([]stores.Lease, error) { return l.store.List(ctx, prefix) })
}

// watchedLink leaves the notices alone: they are hints, whose loss no rule minds.
type watchedLink struct {
	link
	watcher stores.Watcher
}

func (l watchedLink) Watch(ctx context.Context, election string) (<-chan stores.Notice, error) {
	return l.watcher.Watch(ctx, election)
}
