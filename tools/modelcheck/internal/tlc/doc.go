// Package tlc runs the TLA+ model checker, one process a job, and says what it found.
//
// [Find] looks for Java and for TLC, and fetches TLC if it is not there; [Toolchain.Run] checks one configuration of one
// module. TLC is a program for people: it exits with many codes, prints its verdict as text, and a run that was cut
// short can look like one that found nothing. So a verdict is believed only if everything says the same:
//
//	Holds       exit 0, the message of success, no error besides, nothing left in the queue, and the counts
//	Violated    exit 12 with the name of an invariant, or exit 13 with that of an action property, or with a word that
//	            a temporal property fails
//	Deadlocked  exit 11 and the message of a deadlock
//
// Anything else is a [RunError], which quotes what TLC said: a module that cannot be parsed, an expression that cannot be
// evaluated, a JVM that was killed or ran out of memory, a full disk, output that ends too early.
//
// The messages are those of TLC's -tool mode, each between two marked lines that bear its code:
//
//	@!@!@STARTMSG 2110:1 @!@!@
//	Invariant OneLeads is violated.
//	@!@!@ENDMSG 2110 @!@!@
//
// Lines outside messages are the parser's, or what the model printed. The output is read as it comes and nothing of it is
// kept but the counterexample, the counts and what the model printed, so a long run takes no more memory than a short one.
package tlc
