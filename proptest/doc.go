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
// # How fast it is, and what is counted
//
// [Stats].Events counts deliveries and timers that reach a core: an answer of the store, a wake-up, its timer firing. What
// callers and workloads say is counted apart, as Commands; what happens in the world alone (a request that the store
// serves, a message that comes too late, a fault) is not counted. A leader looks at its clock every quarter of a second, as
// the driver in package fsm makes it, so about half of all events are timers that find nothing due; Idle has their number.
// BenchmarkSimulation tells what an event costs, and BenchmarkMachine, apart from it, what looplab/fsm, which the simulation
// has no need of, costs for the same rows.
//
// # A failing run, shrunk
//
// Nothing is drawn from one long stream: each command, fault, message and timer draws under its own name, whatever was drawn
// before. So a [Keep] can take parts out of a run (participants, commands, faults, and the hazards that [Hazards] names), end
// its faults earlier and cut its end off, and all that stays is as it was. [Shrink] looks for the smallest part that still
// breaks the same check. The campaigns do so by themselves; TestReplay does for one seed, with -seed N -shrink, and replays
// what a shrunk run names, with -seed N -keep PARTS. A part of a run is a run within the assumptions: none may break a check
// that the whole keeps.
//
// # Many seeds
//
// "make sim" runs the program in tools/sim: as many seeds as one likes, in chunks, with a file that keeps how far it is and
// what it found. It may be interrupted at any moment and goes on where it stopped; interrupted or not, the report is the
// same. What the file keeps does not grow with the seeds ([Stats], whose [Shares] stand for the times without a leader), and
// it belongs to one version of the code, by its [Fingerprint].
//
// # The real driver
//
// TestDriver plays scripts, which rapid draws and shrinks, against real electors with all their goroutines, in a bubble of
// testing/synctest: calls whose contexts end, workloads that return late, never or by a panic, subscribers that are slow,
// stuck, panic or call back, links to the store that fail in every way, clocks that run differently, are set, and sleep.
// Time is virtual there, but the order of goroutines is not fixed, so a script is no replay: what is checked must hold in
// every order, and a failure that depends on the order may need its script played a few times.
//
// In a build with the tag tenure_record, each elector takes down what it gives to its core, and every run is gone through
// again on a core and a machine of their own, which must do the same at each input. A tape with one change is refused, and
// the change named.
//
// # Why the checks can be believed
//
// A check that cannot fail proves nothing. [PlantedFaults] are put between a core and its world, or into a store whose
// rules can be loosened one by one; [Kills] tells which check finds which fault, and from which seed on. Every check is
// the one that finds some fault. The loose store with no rule loosened is also a second opinion on package memory: the
// same seed must give the same transcript on both.
package proptest
