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
//	handover  the leader was asked to resign: somebody else has to lead within the handover time (left out where there are no
//	          wake-ups)
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
// Workloads write to a resource that is guarded by package fencing, also long after their tenure. Whatever happens, it
// accepts no lower fence, and one writer for each; within the assumptions it refuses no write of whoever leads.
//
// [Reach] lists the overlaps that make election hard, [Stats].Effects the table's effects: a campaign in which one of them
// never came is a failure, since what it shows is too little.
//
// # Beyond the assumptions
//
// [Troubles] are what participants and stores may not assume away: clocks whose rates are off by more than the margin
// covers, a store's clock that is set, a replica that is promoted without the last calls, a restart that forgets all. Each
// says which checks it waives and why; all others must hold in spite of it, and TestBeyondTheAssumptions fails also if one
// that is waived is never broken. A store that forgets is the code that ships: it keeps the calls with the readings of its
// clock, and is made anew from those that are left. The failovers are those of tla/Failover.tla, with each set of remedies.
//
//	drift, store-drift     two may lead; the resource is safe, fences grow, no call touches another's tenure
//	clock-forward          the same
//	clock-back             one leads; a dead holder's lease lasts longer by as much
//	clock-days-back        the same, and candidates are refused until the clock has caught up with the fences they saw
//	failover-epoch-claims  two may lead until the first one's next renewal; fences grow. So are all stores that ship
//	failover               with a settle time, all holds, later by the settle time at most
//	failover-...           with fewer remedies than that: fences may be given twice, to one after the other
//	restart, -settles      as the two failovers
//	restart-behind         the clock is set back by more than the outage as well: fences hold only by the candidates' claims
//
// A violation there is replayed with -trouble NAME beside the seed. One run may have both a planted fault and a trouble.
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
// # Held against the model
//
// [Record] makes a run in which all lasts whole ticks and tells it as the model in tla/ would: a [Trace], one line for each
// step of the protocol, with what the code was found to be after it. [Traces] chooses a set of them that has every row of
// the table, [Corrupted] makes them wrong, each in one thing, and [WriteTraces] writes what TLC reads. "make check-traces" lets
// TLC accept the ones and refuse the others, and has walks of TLC's own followed by the tests of package core. The tracer of
// every other run is nil.
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
