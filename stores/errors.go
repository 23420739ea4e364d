package stores

import (
	"errors"
	"fmt"
	"time"
)

// The classes of a store's answers; tell them apart with [errors.Is]. All are definite but [ErrUnreplicated]. Any other
// error of a store leaves the outcome unknown.
var (
	// ErrHeld is the class of a refused acquire. The error is a *[HeldError].
	ErrHeld = errors.New("tenure: the lease is held")
	// ErrLost is the class of a refused renewal. The error is a *[LostError].
	ErrLost = errors.New("tenure: the lease is lost")
	// ErrVacant tells that an election has no live lease.
	ErrVacant = errors.New("tenure: the election is vacant")
	// ErrInvalid is the class of input that no repetition can mend. The error is an *[InvalidError], or several joined.
	ErrInvalid = errors.New("tenure: invalid input")
	// ErrFenceClaim is the class of an acquire that claims a fence too far ahead of the store's clock. The error is a
	// *[FenceClaimError]; nothing was granted.
	ErrFenceClaim = errors.New("tenure: the claimed fence is too far ahead of the store's clock")
	// ErrUnreplicated is the class of a grant or a renewal that the store has made, and that has not reached as many
	// replicas as it must to count. The error is an *[UnreplicatedError].
	ErrUnreplicated = errors.New("tenure: too few replicas have the lease")
)

// HeldError says who holds the lease that an acquire did not get.
type HeldError struct {
	// Lease is the lease as it stood when the acquire was refused.
	Lease Lease
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("tenure: election %q is held by %q (fence %d) for another %v",
		e.Lease.Election, e.Lease.Participant, e.Lease.Fence, e.Lease.TimeLeft)
}

// Is makes a HeldError an [ErrHeld].
func (e *HeldError) Is(target error) bool { return target == ErrHeld }

// LostError says which tenure is over.
type LostError struct {
	Election string
	// Tenure is the one whose renewal was refused.
	Tenure Tenure
	// Revoked tells that the lease still stands until its expiry, and that renewals of it are refused. It is false once
	// the lease is over, whatever ended it.
	Revoked bool
}

func (e *LostError) Error() string {
	why := "it expired, was released or was replaced"
	if e.Revoked {
		why = "it was revoked"
	}
	return fmt.Sprintf("tenure: the lease on election %q under fence %d is lost: %s", e.Election, e.Tenure.Fence, why)
}

// Is makes a LostError an [ErrLost].
func (e *LostError) Is(target error) bool { return target == ErrLost }

// FenceClaimError says which claim was refused, and against what. The call that was refused granted nothing and changed
// nothing; a lease that an earlier call of the attempt won still stands.
type FenceClaimError struct {
	Election string
	// Claimed is the HighestFence of the request; Limit is the highest that the store's clock allows.
	Claimed, Limit uint64
}

func (e *FenceClaimError) Error() string {
	ahead := time.Duration(min(e.Claimed-e.Limit, uint64(1<<53))) * time.Microsecond
	return fmt.Sprintf("tenure: election %q: the candidate claims to have seen fence %d, %v beyond the limit of one day "+
		"ahead of the store's clock; compare the clock of the store with the one that minted this fence",
		e.Election, e.Claimed, ahead)
}

// Is makes a FenceClaimError an [ErrFenceClaim].
func (e *FenceClaimError) Is(target error) bool { return target == ErrFenceClaim }

// UnreplicatedError says how far a grant or a renewal got. A grant is to be given back; of a renewal it is not known
// whether it counts, so it is neither a loss nor an extension.
type UnreplicatedError struct {
	Election string
	// Tenure is the one that was granted or renewed.
	Tenure Tenure
	// Wanted and Reached are numbers of replicas.
	Wanted, Reached int
}

func (e *UnreplicatedError) Error() string {
	return fmt.Sprintf("tenure: the lease on election %q under fence %d has reached %d of %d replicas",
		e.Election, e.Tenure.Fence, e.Reached, e.Wanted)
}

// Is makes an UnreplicatedError an [ErrUnreplicated].
func (e *UnreplicatedError) Is(target error) bool { return target == ErrUnreplicated }

// InvalidError names a field with a value that is not accepted, and why.
type InvalidError struct {
	// Field is the name of the field or argument.
	Field string
	// Value is what was given.
	Value any
	// Reason says what would be accepted.
	Reason string
}

func (e *InvalidError) Error() string {
	format := "tenure: invalid %s: %v: %s"
	if _, text := e.Value.(string); text {
		format = "tenure: invalid %s: %q: %s"
	}
	return fmt.Sprintf(format, e.Field, e.Value, e.Reason)
}

// Is makes an InvalidError an [ErrInvalid].
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }
