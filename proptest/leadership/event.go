package leadership

import (
	"fmt"
	"time"
)

// Kind is what an event is about.
type Kind uint8

const (
	// Gained says that an elector told of a tenure that began.
	Gained Kind = iota + 1
	// Lost says that an elector told of a tenure that ended.
	Lost
	// Led says that a look found the tenure leading.
	Led
	// NotLed says that a look found the tenure not leading; where the fence is 0, any tenure of the incarnation.
	NotLed
	// Admitted says that a resource admitted a write under the tenure's fence.
	Admitted
	// Refused says that a resource refused a write under the tenure's fence.
	Refused
)

func (k Kind) String() string {
	return [...]string{"unknown", "gained", "lost", "leads", "does not lead", "admitted", "refused"}[min(k, Refused)]
}

// Event is one thing that was seen of one tenure.
type Event struct {
	Kind Kind
	// Election, Participant and Incarnation say whose tenure it is; Fence says which.
	Election, Participant, Incarnation string
	Fence                              uint64
	// Resource is what was written to; for Admitted and Refused.
	Resource string
	// Reason is why the tenure ended; for Lost.
	Reason string
	// Begin and End are the positions in the history's order between which it happened. All events that are checked
	// together have positions in one order: those of one [History], or readings of one clock.
	Begin, End uint64
	// At is the clock's reading at the end, for people.
	At time.Time
}

// String describes the event as errors do.
func (e Event) String() string {
	text := fmt.Sprintf("%s: %s (%s) %s", e.At.UTC().Format("15:04:05.000000"), e.Participant, e.Incarnation, e.Kind)
	if e.Fence != 0 {
		text += fmt.Sprintf(" under fence %d", e.Fence)
	}
	if e.Resource != "" {
		text += fmt.Sprintf(" at %q", e.Resource)
	}
	if e.Reason != "" {
		text += ", because of " + e.Reason
	}
	return text
}

// tenure tells tenures apart, also where a store gave one fence twice.
type tenure struct {
	election, incarnation string
	fence                 uint64
}

func (e Event) tenure() tenure { return tenure{e.Election, e.Incarnation, e.Fence} }
