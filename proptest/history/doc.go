// Package history tells whether what a store of leases answered to many callers at once can be explained by calls that
// took effect one after the other: whether the store is linearizable (Herlihy and Wing, 1990).
//
//	var recorder history.Recorder
//	store := recorder.Wrap(myStore)
//	// ... many goroutines call store ...
//	result, err := history.Check(recorder.History(), history.Options{Tolerance: 5 * time.Millisecond})
//
// A [Recorder] stands before one store or several that share their leases, and writes down each call with its answer, its
// place in the order of events and the time. [Check] looks for an order of the calls of each election in which each call
// takes effect at one instant between its sending and its answer, and in which every answer is what one lease, kept by the
// rules of [stores.Store], would have given. If there is none, the error is a *[ViolationError] with the smallest set of
// answers that contradict one another. The search is porcupine's (github.com/anishathalye/porcupine); the rules are in
// rules.go, each with the sentence of the contract that it stands for.
//
// # Calls without an answer
//
// A call that returned an error which is not a definite refusal, whose context ended, or which had not returned when the
// history was taken, may have taken effect at any instant since it was sent, may do so after all other calls, or never.
// With [Options.Doubled], so may copies of each call.
//
// # Time
//
// Leases end by the store's clock, which no history shows. So the rules count with what can be known: a call took effect
// between its sending and its answer, and a lease that was asked for L ended L later, give or take [Options.Drift] and
// [Options.Tolerance]. All that is known of the instants of the calls, of the end of the lease and of the times left that
// were told is kept together (a zone, as for timed automata), so that no two guesses about one instant contradict each
// other. With the store's own clock in [Recorder.Now] and neither drift nor tolerance, time is exact.
//
// # What is not checked
//
// Watches: notices are hints, which may be lost, late or merged, so no order of them is wrong. That fences are not below
// the store's clock, and AcquiredAt its reading, since the history does not see that clock; package storetest does both.
// The order of a list, whose leases are looked at one by one: they need not have been live at one instant. Nor that a
// store answers at all.
package history
