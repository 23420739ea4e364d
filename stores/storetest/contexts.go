package storetest

import (
	"context"
	"sync/atomic"
)

// fleeting is a context that ends at a given look at it. With it a call meets the end of its context at each of its
// steps, on any machine.
type fleeting struct {
	context.Context
	left atomic.Int64
	end  context.CancelFunc
}

func (f *fleeting) look() {
	if f.left.Add(-1) < 0 {
		f.end()
	}
}

func (f *fleeting) Err() error            { f.look(); return f.Context.Err() }
func (f *fleeting) Done() <-chan struct{} { f.look(); return f.Context.Done() }

// fleetingly makes a call with a context that ends at the look after the given number of looks, and tells whether it
// succeeded. If not, its outcome must be unknown.
func (b *bench) fleetingly(looks int, name string, c call) (ok bool) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	f := &fleeting{Context: ctx, end: cancel}
	f.left.Store(int64(looks))
	err := b.until(ctx, func() error { return c(f) })
	if err != nil {
		b.requireUnknown(err, name)
	}
	return err == nil
}

// manyLooks is beyond the looks that a call takes at its context before it waits.
const manyLooks = 8

// contextChecks are about contexts that end before a call or within.
var contextChecks = []check{
	{"a_context_that_has_ended_is_an_error", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		ctx, cancel := context.WithCancel(b.ctx)
		cancel()
		for name, c := range b.calls(first.Lease) {
			b.requireUnknown(c(ctx), name)
		}
	}},
	{"a_context_that_ends_within_an_acquire_undoes_nothing", 4, func(b *bench) {
		have := b.acquire(request("e", "alice", 1))
		for looks := range manyLooks {
			req := request("e", "alice", uint64(looks+2))
			ok := b.fleetingly(looks, "Acquire", b.acquiring(req))
			// One that was given up on may still arrive, also after those that follow.
			now := b.get("e")
			b.GreaterOrEqual(now.Number, have.Number, "attempt that holds")
			if ok {
				b.Equal(req.Attempt, now.Attempt, "the attempt that was granted")
			}
			have = now
		}
	}},
	{"a_context_that_ends_within_a_renewal_undoes_nothing", 4, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		early := first.ends(long).early
		for looks := range manyLooks {
			sent := b.now()
			if b.fleetingly(looks, "Renew", b.renewing(first.Lease, 2*long)) {
				early = sent + 2*long
			}
			// One that was given up on may still arrive later.
			now := b.get("e")
			b.requireSame(first.Lease, now.Lease)
			b.requireLeft(now, window{early: early, late: b.now() + 2*long})
		}
	}},
	{"a_context_that_ends_within_a_release_undoes_nothing", 4, func(b *bench) {
		for looks := range manyLooks {
			first := b.acquire(request("e", "alice", uint64(looks+1)))
			ok := b.fleetingly(looks, "Release", b.releasing("e", first.Tenure))
			if now, live := b.look("e"); live {
				b.False(ok, "the release is undone")
				b.requireSame(first.Lease, now.Lease)
			}
			_, err := b.store.Release(b.ctx, "e", giveBack(first.Attempt))
			b.NoError(err)
			b.vacant("e")
		}
	}},
}
