package fsm

import (
	"context"
	"errors"
	"fmt"

	looplab "github.com/looplab/fsm"

	"github.com/tenure-go/tenure/gen/lifecycle"
	description "github.com/tenure-go/tenure/gen/lifecycle/looplab"
)

// Machine is the strict lifecycle machine: github.com/looplab/fsm with the generated description, and every one of its
// answers turned into a success or a typed error. It must not be used by two goroutines at once.
type Machine struct {
	inner *looplab.FSM
	state lifecycle.State
}

// MachineError says that the machine could not do what the table says.
type MachineError struct {
	State lifecycle.State
	Event lifecycle.Event
	// Err is the machine's own error, or nil where it moved to another state than the table says.
	Err error
	// Got is the name of the state in which the machine is now.
	Got string
}

func (e *MachineError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("tenure: the machine moved to %s on %s in state %s, against the table", e.Got, e.Event, e.State)
	}
	return fmt.Sprintf("tenure: the machine failed on %s in state %s: %v", e.Event, e.State, e.Err)
}

// Unwrap returns the machine's own error.
func (e *MachineError) Unwrap() error { return e.Err }

// NewMachine returns a machine in the given state. The error says that there is no such state.
func NewMachine(initial lifecycle.State) (*Machine, error) {
	name, err := initial.MarshalText()
	if err != nil {
		return nil, err
	}
	return &Machine{inner: looplab.NewFSM(string(name), description.Events(), nil), state: initial}, nil
}

// State returns the machine's state.
func (m *Machine) State() lifecycle.State { return m.state }

// Fire takes the event's transition. A pair that the table ignores is a success that moves nothing; a forbidden pair is
// a *[ForbiddenError] and moves nothing either.
//
// The machine is given a context that cannot end: looplab/fsm v1.0.3 takes no further event after one whose context
// was cancelled.
func (m *Machine) Fire(event lifecycle.Event) (lifecycle.Verdict, error) {
	from := m.state
	row := lifecycle.Lookup(from, event)
	if row.Verdict == lifecycle.Ignored {
		return lifecycle.Ignored, nil
	}
	err := m.inner.Event(context.Background(), event.String())
	var (
		stays   looplab.NoTransitionError
		invalid looplab.InvalidEventError
	)
	switch {
	case errors.As(err, &invalid):
		return lifecycle.Forbidden, &ForbiddenError{State: from, Event: event}
	case errors.As(err, &stays) && stays.Err == nil:
	case err != nil:
		return lifecycle.Forbidden, &MachineError{State: from, Event: event, Err: err, Got: m.inner.Current()}
	}
	if got := m.inner.Current(); row.Verdict != lifecycle.Moves || got != row.To.String() {
		return lifecycle.Forbidden, &MachineError{State: from, Event: event, Got: got}
	}
	m.state = row.To
	return lifecycle.Moves, nil
}
