// Package stores is the contract between an elector and what keeps its lease.
//
// A store holds at most one [Lease] per election and hands it out under a fence that strictly grows. All that decides
// who may hold a lease happens inside the store, in one atomic step per call: a participant's message may arrive late,
// twice or never, and the store compares what the message says with what it holds at that instant. The participant's
// side of the protocol (deadlines, retries, giving back) is package fsm's.
//
// The words are those of the field. A participant is named by the user; an incarnation is one run of it, drawn at
// random, so that two processes configured with one name never pass for each other. An [Attempt] is one try to become
// leader; its number only grows within an incarnation. A [Tenure] is one unbroken holding of the lease: the attempt
// that won it, and its fence. The fence is what a protected resource compares (Kleppmann, "How to do distributed
// locking", 2016): it accepts a higher fence, or the same one from the same incarnation.
//
// Package memory keeps leases inside one process, package redis on servers that many machines share; package storetest is
// the conformance suite for every store. Package fencing compares fences at what is protected.
package stores
