// Package core is the participant of an election as a pure function: [Core.Step] takes an instant and an input and
// says what is to be done. It starts no goroutine, reads no clock, sends nothing and takes no lock; time is a number
// that it is handed. All that decides who leads is here.
//
// # How a step works
//
// An input becomes an event of the lifecycle table (package gen/lifecycle): a command as it is, a store's answer by
// judging it, the passing of time by the timers that are due. The table's row for (state, event) gives the next state
// and the effects, and the core interprets the effects one by one: it keeps the books and emits actions. It has no
// transition of its own; a change of the table is a change of behaviour.
//
// # Why it is safe
//
//   - A deadline counts from the instant at which the very call that was answered had been sent, never from the
//     instant of the answer: the store's lease began later than that.
//   - Only the answer to the awaited call counts. A call that was given up on may still take effect at the store; its
//     answer is dropped, and what it did is found by repeating the attempt or undone by giving it back.
//   - Due timers run before any input, the deadline first, so an answer that arrives past the deadline finds a
//     participant that has stopped leading.
//   - The lease is released when no workload runs any more, and no acquire is sent before that.
//
// The same steps are driven by package fsm with real clocks and stores, and by the simulation in proptest with virtual
// ones.
package core
