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
// store can show by itself, one process calling it; what a server's restart or failover does to it is beyond this suite.
// A store that is a [stores.Watcher] is held to the rules of notices as well; for one that is not, these are skipped.
//
// # Time
//
// Leases end, so the suite needs time to pass. With [Harness.Advance] it moves the store's clock, and takes
// milliseconds. Without, it waits in real time, for little more than the ends of a few short leases; times left are
// then compared with the instants at which the suite itself sent its calls and had the answers, so that a slow machine
// makes the comparison looser and never wrong.
//
// # The suite itself is tested
//
// Each check has at least one planted fault, a store that breaks its rule, which it must find. [Judge] runs the suite
// without failing the test, for such tests of your own.
package storetest
