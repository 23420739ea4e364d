package storetest

import (
	"time"

	"github.com/tenure-go/tenure/stores"
)

// orphanChecks are about what a late acquire wins that nobody waits for any more. A store may refuse it, though none has
// to; where it grants, what the participant and others can do about it is all that keeps an orphan from being in the way.
var orphanChecks = []check{
	{"an_orphan_is_a_tenure_of_its_own_under_a_new_fence", 5, func(b *bench) {
		b.orphaned(long, func(o orphan) {
			if o.live {
				b.Equal(o.req.Attempt, o.Attempt, "attempt of the orphan")
				b.Greater(o.Fence, o.before, "fence of the orphan")
				b.unchanged(o.Lease, o.ends)
			}
		})
	}},
	{"an_orphan_is_freed_by_a_give_back_of_its_attempt", 4, func(b *bench) {
		b.orphaned(long, func(o orphan) {
			b.release(o.req.Election, giveBack(o.req.Attempt), o.live)
			b.vacant(o.req.Election)
			b.release(o.req.Election, giveBack(o.req.Attempt), false)
			b.acquire(request(o.req.Election, "bob", 1))
		})
	}},
	{"an_orphan_is_replaced_by_a_higher_attempt", 4, func(b *bench) {
		b.orphaned(long, func(o orphan) {
			next := b.acquire(request(o.req.Election, "alice", 3))
			b.Greater(next.Fence, max(o.Fence, o.before), "fence of the attempt after an orphan")
			b.release(o.req.Election, giveBack(o.req.Attempt), false)
			b.unchanged(next.Lease, next.ends(long))
		})
	}},
	{"an_orphan_delays_others_by_its_lease_at_most", 4, func(b *bench) {
		var last orphan
		var elections []string
		b.orphaned(b.short, func(o orphan) {
			last, elections = o, append(elections, o.req.Election)
		})
		b.passEnd(last.ends)
		for _, election := range elections {
			b.acquire(request(election, "bob", 1))
		}
	}},
}

// orphan is what became of a late acquire: a lease, if it was granted and is live.
type orphan struct {
	stores.Lease
	live   bool
	ends   window
	req    stores.AcquireRequest
	before uint64 // the highest fence before
}

// orphaned lets a late acquire of attempt 1 arrive at a vacant election, after each of the things by which its participant
// may have done with that attempt.
func (b *bench) orphaned(lease time.Duration, then func(orphan)) {
	b.Helper()
	released := func(req stores.AcquireRequest) uint64 {
		won := b.acquire(req)
		b.release(req.Election, won.Tenure, true)
		return won.Fence
	}
	for election, done := range map[string]func(req stores.AcquireRequest) (fence uint64){
		"given back": func(req stores.AcquireRequest) uint64 {
			b.release(req.Election, giveBack(req.Attempt), false) // The acquire has not arrived yet.
			return 0
		},
		"repeated and given back": func(req stores.AcquireRequest) uint64 {
			won := b.acquire(with(req, long))
			b.release(req.Election, giveBack(req.Attempt), true)
			return won.Fence
		},
		"repeated and released": func(req stores.AcquireRequest) uint64 { return released(with(req, long)) },
		"a higher attempt won and released": func(req stores.AcquireRequest) uint64 {
			return released(request(req.Election, "alice", 2))
		},
	} {
		o := orphan{req: with(request(election, "alice", 1), lease)}
		deliver := b.late("Acquire", b.acquiring(o.req))
		o.before = done(o.req)
		o.ends = deliver().ends(lease)
		now, live := b.look(election)
		o.Lease, o.live = now.Lease, live
		then(o)
	}
}
