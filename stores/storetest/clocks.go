package storetest

import (
	"time"

	"github.com/tenure-go/tenure/stores"
)

// mayStep skips the check if there is no way to set the store's clock, before it waits for anything.
func (b *bench) mayStep() {
	b.Helper()
	if b.h.Step == nil {
		b.Skipf("the harness cannot set the store's clock")
	}
}

// step sets the store's wall clock.
func (b *bench) step(d time.Duration) {
	b.Helper()
	b.mayStep()
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

// clockChecks are about a store whose wall clock is set. They ask for no more than any store can give: a clock that is
// set may end a lease, and one that is set back may make it last longer.
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
		fifth := b.acquire(claiming(request("e", "carol", 3), fourth.Fence))
		b.Greater(fifth.Fence, fourth.Fence, "fence after the clock was set back again")
	}},
	{"no_time_left_is_above_what_was_asked_for", 8, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.step(-time.Hour)
		if now, live := b.look("e"); live {
			b.requireSame(first.Lease, now.Lease)
			b.LessOrEqual(now.TimeLeft, long, "Get")
			b.LessOrEqual(b.refused(with(request("e", "bob", 1), 2*long)).TimeLeft, long, "a refusal")
			listed, _ := b.onlyListed()
			b.LessOrEqual(listed.TimeLeft, long, "List")
			b.LessOrEqual(b.acquire(request("e", "alice", 1)).TimeLeft, long, "a repeat")
			b.LessOrEqual(b.renew(first.Lease, long).TimeLeft, long, "a renewal")
		}
		second := b.acquire(request("e", "alice", 2))
		b.step(-time.Hour)
		if renewed, err := b.tryRenew("e", second.Tenure, 2*long); err == nil {
			b.LessOrEqual(renewed.TimeLeft, 2*long, "a longer renewal")
		} else {
			b.ErrorIs(err, stores.ErrLost, "a longer renewal")
		}
	}},
	{"what_was_seen_to_be_over_stays_so", 3, func(b *bench) {
		b.mayStep()
		leases := map[string]seen{}
		for _, election := range []string{"Get", "Renew", "Release", "Revoke", "List"} {
			leases[election] = b.acquire(with(request(election, "alice", 1), b.short))
		}
		b.passEnd(leases["List"].ends(b.short))
		b.vacant("Get")
		b.lost("Renew", leases["Renew"].Tenure)
		b.release("Release", leases["Release"].Tenure, false)
		b.revoke("Revoke", leases["Revoke"].Fence, false)
		b.Empty(b.names(""), "leases listed")
		b.step(-time.Hour)
		for election, first := range leases {
			b.vacant(election)
			b.lost(election, first.Tenure)
			b.release(election, first.Tenure, false)
			b.revoke(election, first.Fence, false)
		}
		b.Empty(b.names(""), "leases listed")
		for election := range leases {
			b.acquire(request(election, "bob", 1))
		}
	}},
	{"a_clock_that_is_set_forward_shortens_at_worst", 4, func(b *bench) {
		b.mayStep()
		first := b.acquire(request("e", "alice", 1))
		ends := first.ends(long)
		b.pass(b.tick)
		b.step(time.Hour)
		if now, live := b.look("e"); live {
			b.requireSame(first.Lease, now.Lease)
			b.LessOrEqual(now.TimeLeft, ends.late-now.sent+b.tolerance, "time left")
		}
		renewed, err := b.tryRenew("e", first.Tenure, long)
		if err == nil {
			b.requireLeft(renewed, renewed.ends(long))
			b.requireSame(first.Lease, b.refused(request("e", "bob", 1)).Lease)
			return
		}
		b.ErrorIs(err, stores.ErrLost, "a renewal")
		second := b.acquire(request("e", "bob", 1))
		b.Greater(second.Fence, first.Fence, "fence of the next tenure")
		b.step(-time.Hour)
		b.lost("e", first.Tenure)
	}},
	{"a_lease_granted_on_a_clock_that_was_set_lasts_as_asked", 4, func(b *bench) {
		for election, d := range map[string]time.Duration{"set back": -time.Hour, "set forward": 2 * time.Hour} {
			b.step(d)
			first := b.acquire(with(request(election, "alice", 1), b.short))
			b.requireLeft(first, first.ends(b.short))
			b.passEnd(first.ends(b.short))
			b.vacant(election)
			b.acquire(request(election, "bob", 1))
		}
	}},
}
