package storetest

import "time"

// step sets the store's wall clock.
func (b *bench) step(d time.Duration) {
	b.Helper()
	if b.h.Step == nil {
		b.Skipf("the harness cannot set the store's clock")
	}
	b.h.Step(b.t, d)
	b.stepped += d
}

// stepBack takes back what was done to the clock.
func (b *bench) stepBack() {
	if b.stepped != 0 {
		b.h.Step(b.t, -b.stepped)
		b.stepped = 0
	}
}

// clockChecks are about a store whose wall clock is set. They ask for no more than any store can give: a step forward may
// end a lease.
var clockChecks = []check{
	{"fences_grow_over_a_clock_that_is_set", 5, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.release("e", first.Tenure, true)
		b.step(-time.Hour)
		second := b.acquire(with(request("e", "bob", 1), b.short))
		b.Greater(second.Fence, first.Fence, "fence after the clock was set back")
		b.passEnd(second.ends(b.short))
		third := b.acquire(request("e", "carol", 1))
		b.Greater(third.Fence, second.Fence, "fence after an expiry on that clock")
		b.step(2 * time.Hour)
		fourth := b.acquire(request("e", "carol", 2))
		b.Greater(fourth.Fence, third.Fence, "fence after the clock was set forward")
		b.step(-2 * time.Hour)
		fifth := b.acquire(request("e", "carol", 3))
		b.Greater(fifth.Fence, fourth.Fence, "fence after the clock was set back again")
	}},
	{"no_time_left_is_above_what_was_asked_for", 8, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.step(-time.Hour)
		b.LessOrEqual(b.get("e").TimeLeft, long, "Get")
		b.LessOrEqual(b.refused(with(request("e", "bob", 1), 2*long)).TimeLeft, long, "a refusal")
		listed, _ := b.onlyListed()
		b.LessOrEqual(listed.TimeLeft, long, "List")
		b.LessOrEqual(b.acquire(request("e", "alice", 1)).TimeLeft, long, "a repeat")
		b.LessOrEqual(b.renew(first.Lease, long).TimeLeft, long, "a renewal")
		b.step(-time.Hour)
		b.LessOrEqual(b.renew(first.Lease, 2*long).TimeLeft, 2*long, "a longer renewal")
	}},
	{"what_was_seen_to_be_over_stays_so", 3, func(b *bench) {
		first := b.acquire(with(request("e", "alice", 1), b.short))
		b.passEnd(first.ends(b.short))
		b.vacant("e")
		b.step(-time.Hour)
		b.vacant("e")
		b.lost("e", first.Tenure)
		b.release("e", first.Tenure, false)
		b.Empty(b.names(""), "leases listed")
		b.acquire(request("e", "bob", 1))
	}},
}
