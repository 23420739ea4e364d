// Package spec loads and validates the lifecycle table, participant.yaml: the one source from which the state
// machine, the TLA+, the diagrams and the exhaustive tests are generated.
//
// A table that is merely well formed can still be wrong: it can lose a grant, wait for an answer that nobody handles,
// or send a release while the workload runs. Whatever is generated from it would be wrong in the same way everywhere,
// and agree with itself. So the table is refused here, before anything is generated, and all its faults are reported
// at once, each with its position and, where that helps, with a suggestion or an example of how it comes about.
//
// Four questions are asked, each of the table that passed the one before:
//
//	is it a table?      yaml.go, decode.go  syntax, keys, types, texts that are missing; the timing
//	do the names fit?   names.go            duplicates, unknown names, events that nothing raises, what nothing uses
//	is it a lifecycle?  graph.go            states that cannot be reached or left, events that must come everywhere
//	does it make sense? leadership.go       what must be done, and in which order, where leadership begins and ends
//	                    flow.go, safety.go  what may be outstanding where, and what must not be sent meanwhile
//
// A misspelt name with one near neighbour is read as that neighbour by the checks that follow, so that a slip of the
// pen hides no other fault and none is reported that is only its echo. Where a part of the lifecycle cannot be read at
// all, the last two questions wait until it can.
//
// # What may be outstanding
//
// The heart is flow.go. A pending is something that the participant started and that will raise an event later: an
// awaited call, an armed timer, a running workload, a subscription. Beginning at the initial state, every row is
// followed with the set of pendings that may be outstanding before it: its event ends the pending that raised it (not
// a subscription, which goes on), and its effects start and end others in their order. At most one call is awaited,
// so starting one ends the wait for any other. Each pair of a state and a set that can come about is visited once.
// The sets of a state are kept apart and never merged: that a release is awaited and that its repetition is armed
// are both possible while releasing, but not at the same time, and merging would report events that cannot come.
//
//	                     (acquiring, granted): adopt_grant, arm_renew
//	acquiring {acquire} ------------------------------------------------> leading {beat, deadline, workload, spent}
//
// Wherever a pending may be outstanding, each event that it raises must be handled by a row or an ignore; a row or an
// ignore whose event can never come there is a fault as well, since it says something untrue about the lifecycle. An
// event that an effect raises at once comes in the state in which the row with that effect ends, and nowhere else.
// Something that ends by itself, a call, a timer or a workload, must be under way in every state but the initial and
// the final ones: elsewhere the participant would wait for ever. Pendings of kind mark raise nothing: they only
// remember, for the rules of safety, that something has happened.
package spec
