package fsm

import (
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// The classes of errors that are the driver's own; the stores' are in package stores.
var (
	// ErrUnknownOutcome: the store did not answer in time or failed; what was asked may or may not have been done. A try
	// is then given back.
	ErrUnknownOutcome = errors.New("tenure: unknown outcome")
	// ErrDrainLimit: the workload did not return within the drain limit. The lease was left to expire, and the workload
	// may still run.
	ErrDrainLimit = errors.New("tenure: the workload did not return within the drain limit; the lease is left to expire")
	// ErrReleaseUnknown: the store did not confirm the release. The lease, if it stands, expires by itself.
	ErrReleaseUnknown = errors.New("tenure: the release was not confirmed; the lease expires by itself")
	// ErrRunning: Run is under way on this elector already.
	ErrRunning = errors.New("tenure: Run is under way already")
	// ErrTooManyCalls: so many calls are stuck in a store that ignores its context that no further one is made.
	ErrTooManyCalls = errors.New("tenure: too many calls are stuck in the store")

	// ErrEnded is the class of every error that says that a tenure is over. The error is an *[EndedError].
	ErrEnded = errors.New("tenure: the tenure is over")

	// ErrClosed, ErrStopped, ErrNotLeading and ErrBusy are the classes of a command that the elector's state forbids; the
	// error is a *[ForbiddenError].
	ErrClosed     = core.ErrClosed
	ErrStopped    = core.ErrStopped
	ErrNotLeading = core.ErrNotLeading
	ErrBusy       = core.ErrBusy
)

// ForbiddenError says that an event came in a state that has no row for it, and that nothing changed.
type ForbiddenError = core.ForbiddenError

// StoreFaultError says that a store's answer breaks its contract, and was not used.
type StoreFaultError = core.StoreFaultError

// EndedError says which tenure is over, and why. It is what [context.Cause] tells of a term's context.
type EndedError struct {
	Election string
	Fence    uint64
	// Reason is the event that ended the tenure: EventResign (Release, or the workload of Run returned), EventStop
	// (Stop, Close, or Run's context ended), EventLost (the store refused a renewal) or EventDeadline.
	Reason lifecycle.Event
}

func (e *EndedError) Error() string {
	why := map[lifecycle.Event]string{
		lifecycle.EventResign:   "it was released",
		lifecycle.EventStop:     "the elector was stopped",
		lifecycle.EventLost:     "the store refused its renewal",
		lifecycle.EventDeadline: "its deadline passed without a renewal",
	}[e.Reason]
	if why == "" {
		why = e.Reason.String()
	}
	return fmt.Sprintf("tenure: the tenure of election %q under fence %d is over: %s", e.Election, e.Fence, why)
}

// Is makes an EndedError an [ErrEnded].
func (e *EndedError) Is(target error) bool { return target == ErrEnded }

// DisagreementError says that the core and the strict machine took different rows. The elector has stopped leading and
// accepts nothing more.
type DisagreementError struct {
	// Step is the core's; Err says what the machine did.
	Step core.Step
	Err  error
}

func (e *DisagreementError) Error() string {
	return fmt.Sprintf("tenure: the core went from %s to %s on %s, and the machine did not follow: %v",
		e.Step.From, e.Step.To, e.Step.Event, e.Err)
}

// Unwrap returns what the machine said.
func (e *DisagreementError) Unwrap() error { return e.Err }

// PanicError is a panic of a store, turned into an error with an unknown outcome.
type PanicError struct {
	// Value is what the store panicked with.
	Value any
}

func (e *PanicError) Error() string { return fmt.Sprintf("tenure: the store panicked: %v", e.Value) }
