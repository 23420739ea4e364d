package history

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/tenure-go/tenure/stores"
)

var errAstray = errors.New("tenure: history: the call went astray")

// way is what lies between a client and its store. What comes late is carried out before another of the client's calls,
// or never.
type way struct {
	store stores.Store
	load  Load
	dice  *rand.Rand
	late  []func()
}

// send takes a call to the store, or not, or not yet, or twice.
func send[T any](w *way, call func() (T, error)) (answer T, err error) {
	if n := len(w.late); n > 0 && w.dice.IntN(4) == 0 {
		deliver := w.late[w.dice.IntN(n)]
		w.late = w.late[:0] // The others were lost.
		deliver()
	}
	again := func() { _, _ = call() }
	if w.dice.Float64() < w.load.Twice {
		w.late = append(w.late, again)
	}
	if w.dice.Float64() >= w.load.Astray {
		return call()
	}
	switch w.dice.IntN(3) {
	case 0:
		again() // The answer is lost.
	case 1:
		w.late = append(w.late, again)
	default: // The request is lost.
	}
	return answer, errAstray
}

// Acquire implements [stores.Store].
func (w *way) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	ctx = context.WithoutCancel(ctx)
	return send(w, func() (stores.Lease, error) { return w.store.Acquire(ctx, req) })
}

// Renew implements [stores.Store].
func (w *way) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	ctx = context.WithoutCancel(ctx)
	return send(w, func() (stores.Lease, error) { return w.store.Renew(ctx, req) })
}

// Release implements [stores.Store].
func (w *way) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	ctx = context.WithoutCancel(ctx)
	return send(w, func() (bool, error) { return w.store.Release(ctx, election, tenure) })
}

// Revoke implements [stores.Store].
func (w *way) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	ctx = context.WithoutCancel(ctx)
	return send(w, func() (bool, error) { return w.store.Revoke(ctx, election, fence) })
}

// Get implements [stores.Store].
func (w *way) Get(ctx context.Context, election string) (stores.Lease, error) {
	ctx = context.WithoutCancel(ctx)
	return send(w, func() (stores.Lease, error) { return w.store.Get(ctx, election) })
}

// List implements [stores.Store].
func (w *way) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	ctx = context.WithoutCancel(ctx)
	return send(w, func() ([]stores.Lease, error) { return w.store.List(ctx, prefix) })
}
