// Package demo plays an election over a store in memory, in real time, and decides from what the participants did
// whether the promises of the library held.
//
// # Who plays
//
// Each participant is an elector of package elector in a simulated operating system's process: between the elector and
// the machine's clock stands a [clock.Clock] whose timers wait while the process is paused, and between the elector and
// the store stands a link that a pause holds up and that can be cut. Nothing inside the elector is touched. Its workload
// does what a user's should: every few milliseconds it asks [elector.Term.Err] and then writes, with its fence, to a
// resource that refuses lower fences than it has seen.
//
// # What happens to it
//
// The script strikes the leader at a named point of its own work: right after a write, or between its check and its
// write. There it is stopped, killed, paused or cut off. A paused process stands still entirely: its timers, the
// answers of the store, its wake-ups and its workload. When it is woken, its workload looks first and the rest goes on
// only afterwards, so that the look finds everything as it was before the pause, except the clock.
//
// # Who decides
//
// Every look, every write, every call to the store, every order to stop and every strike leaves a record, made by
// whoever did it. The auditor sees the records alone. It does not know what the script meant to do: a kind of strike of
// which no record shows the effect, say a pause after which nobody else had led, fails the run as a second leader does.
//
// A look is an instruction somewhere between two readings of the clock. A term had been won before its first look began,
// and it still led when its last successful look began, so it led at least from the one instant to the other; that is
// the interval that the auditor compares. It never takes a slow goroutine for a second leader.
package demo
