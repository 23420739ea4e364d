// Package fsm runs a participant: it connects the pure core (package core), which decides, with a clock, timers and a
// store, which act. Users import gen/elector, which forwards to this package.
//
// # The way of a request
//
// Whatever happens to an elector, a method called, a store's answer, a timer, a wake-up, becomes a message in one
// mailbox. One goroutine at a time takes the messages in order and hands each to the core; it exists only while there
// are messages, so an elector that waits costs at most the goroutine that listens for wake-ups. The core answers with the
// rows of the lifecycle table that it took, and with actions. Each row is fired through the strict [Machine] first; if
// the two disagree, the elector leads no longer and fails with a typed error. Then the actions are carried out, in order.
//
// Whoever asks whether the elector leads does not go through the mailbox. [Term.Err] and [Elector.IsLeader] compare the
// deadline with the clock at each call, without a lock, so neither a busy process, nor a store that hangs, nor a
// goroutine that was not scheduled for a while can make a look return an old answer.
//
// # Why no goroutine is left
//
// The mailbox's goroutine ends when the mailbox is empty; a stopped elector has no timer and no subscription. What may
// remain is a call into a store that ignores its context: at most five of those, and one Watch, are ever under way, and
// then the elector sends nothing until one returns. Log handlers and subscribers have goroutines of their own, one each,
// which end when they were told everything.
package fsm
