package storetest

import "github.com/tenure-go/tenure/stores"

// strangers are tenures that differ from the one given in one thing each. Its fence must be above 1, since a fence of 0
// makes a release a give-back.
func strangers(tenure stores.Tenure) []stores.Tenure {
	incarnation, higher, lower, later, earlier := tenure, tenure, tenure, tenure, tenure
	incarnation.Incarnation = "second run of alice"
	higher.Number++
	lower.Number--
	later.Fence++
	earlier.Fence--
	return []stores.Tenure{incarnation, higher, lower, later, earlier}
}

// tenureChecks are about renewals and releases acting on one tenure only.
var tenureChecks = []check{
	{"a_renewal_acts_only_on_its_very_tenure", 3, func(b *bench) {
		b.lost("e", stores.Tenure{Attempt: stores.Attempt{Incarnation: "nobody", Number: 1}, Fence: 1})
		b.vacant("e")
		first := b.acquire(claiming(request("e", "alice", 2), 10))
		b.pass(b.tick)
		for _, stranger := range strangers(first.Tenure) {
			b.False(b.lost("e", stranger).Revoked)
			b.unchanged(first.Lease, first.ends(long))
		}
	}},
	{"a_release_acts_only_on_its_very_tenure", 3, func(b *bench) {
		first := b.acquire(claiming(request("e", "alice", 2), 10))
		for _, stranger := range strangers(first.Tenure) {
			b.release("e", stranger, false)
			b.unchanged(first.Lease, first.ends(long))
		}
	}},
	{"a_late_release_of_an_old_tenure_frees_nothing", 3, func(b *bench) {
		first := b.acquire(with(request("e", "alice", 1), b.short))
		b.passEnd(first.ends(b.short))
		// Won again by the same attempt, sent again without its holder knowing: only the fence tells them apart.
		second := b.acquire(request("e", "alice", 1))
		b.release("e", first.Tenure, false)
		b.unchanged(second.Lease, second.ends(long))
		third := b.acquire(request("e", "alice", 2))
		b.release("e", second.Tenure, false)
		b.unchanged(third.Lease, third.ends(long))
	}},
	{"a_release_frees_once_and_the_second_try_is_no_error", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.release("e", first.Tenure, true)
		b.vacant("e")
		b.release("e", first.Tenure, false)
		b.lost("e", first.Tenure)
		second := b.acquire(request("e", "bob", 1))
		b.release("e", first.Tenure, false)
		b.unchanged(second.Lease, second.ends(long))
	}},
	{"a_release_of_what_has_expired_frees_nothing", 3, func(b *bench) {
		first := b.acquire(with(request("e", "alice", 1), b.short))
		b.passEnd(first.ends(b.short))
		b.release("e", first.Tenure, false)
	}},
	{"a_give_back_frees_by_attempt_only", 4, func(b *bench) {
		b.release("e", stores.Tenure{Attempt: request("e", "alice", 2).Attempt}, false)
		first := b.acquire(claiming(request("e", "alice", 2), 10))
		for _, stranger := range strangers(first.Tenure) {
			if stranger.Attempt != first.Attempt {
				b.release("e", stores.Tenure{Attempt: stranger.Attempt}, false)
				b.unchanged(first.Lease, first.ends(long))
			}
		}
		b.release("e", stores.Tenure{Attempt: first.Attempt}, true)
		b.vacant("e")
		b.release("e", stores.Tenure{Attempt: first.Attempt}, false)
	}},
}
