// Package faulty puts a link that can fail between an elector and its store, for tests of what leads and of what keeps
// leases. A [Link] does to calls and wake-ups what networks and servers do: it loses requests and answers, keeps them
// back, doubles them, lets them arrive after the caller has given up, hangs, goes down and comes up again.
//
//	link := faulty.NewLink(memory.New())
//	defer link.Close()
//	lost := link.On(faulty.Calls(faulty.Renew).Times(2), faulty.SwallowReply())
//	e, err := elector.New(link.Store(), cfg)
//	...
//	err = link.Check() // names every rule that did nothing
//
// What it never does is answer in the store's name: an answer that comes is the store's own. For links that are real
// connections, package redistest has a proxy with the same words.
//
// # One link for each participant
//
// A fault concerns one link. Where each of several participants has a link of its own to one store, one of them can be cut
// off while the others go on.
//
// # Time
//
// Delays run on the machine's clock, or on the one given by [WithClock]. Inside a bubble of testing/synctest the
// machine's clock is virtual; a link that is used there is made there.
//
// # What is counted
//
// A fault counts when it was really done to a call or to a wake-up, and not before: [Rule.Hits] and [Link.Stats] tell how
// often. A test that injects faults asks [Link.Check] at its end, since a fault that did nothing has tested nothing.
package faulty
