// Package proptest holds the participant core against the rules of safety in worlds where everything goes wrong.
//
// # The simulation
//
// [Simulate] makes one run: some participants, each a core with a clock of its own rate, a network, and the store of
// package memory on a clock of yet another rate, all in one goroutine and in virtual time. Everything is a function of
// the seed, so every run can be replayed. [Campaign] makes many runs.
//
// A run has phases:
//
//	faults    messages are lost, repeated, held back and late; processes pause and die; clocks jump; the store fails;
//	          callers start, campaign, try, give up, resign, stop and close; workloads return in time or not
//	settling  no new faults; what is still under way ends (left out in half of the runs)
//	calm      nothing goes wrong: somebody has to lead within the worst-case failover time
//	crash     the leader has died: somebody has to lead within the crash failover time
//
// After every event the checks look at all participants, each by its own clock's present reading, and at the store;
// others look at each step and each call. [Check] lists them. A violation comes with its seed, the end of the
// transcript, and the command that replays it.
//
// # What the world is allowed to do
//
// Rates differ by less than the margin covers. A store forgets nothing. A workload protected by its lease until its
// grace is over counts as running in its time; one that overruns, or whose process stands still, cannot be helped, and
// is not held against the participant; what is: that nothing is acquired or released meanwhile.
//
// # Why the checks can be believed
//
// A check that cannot fail proves nothing. [PlantedFaults] are put between a core and its world, or into a store whose
// rules can be loosened one by one; [Kills] tells which check finds which fault, and from which seed on. Every check is
// the one that finds some fault. The loose store with no rule loosened is also a second opinion on package memory: the
// same seed must give the same transcript on both.
package proptest
