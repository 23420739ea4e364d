// Package storetest is the conformance suite of the lease contract in package stores. Every store of this module runs
// it, and so can yours:
//
//	func TestMyStore(t *testing.T) {
//		storetest.Run(t, storetest.Harness{
//			New: func(t *testing.T) stores.Store { return mystore.New(t.TempDir()) },
//		})
//	}
//
// Each subtest is named after the rule that it checks. A store that passes keeps every rule of the contract that one
// store can show by itself, many goroutines of one process calling it; what a server's restart or failover does to it is
// beyond this suite. A store that is a [stores.Watcher] is held to the rules of notices as well; for one that is not,
// these are skipped, as is whatever the harness gives no means to check.
//
// # Time
//
// Leases end, so the suite needs time to pass. With [Harness.Advance] it moves the store's clock, and takes
// milliseconds. Without, it waits in real time, for little more than the ends of a few short leases; times left are
// then compared with the instants at which the suite itself sent its calls and had the answers, so that a slow machine
// makes the comparison looser and never wrong.
//
// [Harness.Step] sets the clock in place of letting time pass. What is asked of a store then is only what any can give:
// fences grow, what was seen to be over stays over, and no time left is above what was asked for.
//
// # Lost answers and late requests
//
// A call that had no answer may have been carried out, may not have been, or may still be. [Harness.Lose] makes the first
// of these happen and [Harness.Late] the others; then the suite does what a participant may do next: repeat the call,
// give the attempt back, go on with a higher one, or leave it to others. [InProcess] makes both for a store without a
// network.
//
// # Many callers
//
// Races are of calls made at once, and are checked for what holds in whatever order they come. Nothing is measured that
// a slow machine could spoil: a call that has to return soon after the end of its context is given as many turns of the
// scheduler as fit in the time.
//
// # The suite itself is tested
//
// Each check has at least one planted fault, a store that breaks its rule, which it must find, in a race by the worst of
// the orders and not by luck. [Judge] runs the suite without failing the test, for such tests of your own.
package storetest
