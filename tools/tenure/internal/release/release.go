// Package release ends a tenure on behalf of an operator.
package release

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// Ended says what became of the tenure.
type Ended struct {
	Election    string
	Fence       uint64
	Participant string
	// Freed tells that the lease is not held any more; else it lapses after Left.
	Freed bool
	// Left is how long the holder may go on believing that it leads, at most.
	Left time.Duration
}

// NotHeldError says that the tenure is not what is held. Nothing was done to what is.
type NotHeldError struct {
	Election string
	Asked    uint64
	// Held is what is held instead; nil where nobody leads.
	Held *stores.Lease
}

func (e *NotHeldError) Error() string {
	if e.Held == nil {
		return fmt.Sprintf("fence %d is not held: nobody leads election %q", e.Asked, e.Election)
	}
	return fmt.Sprintf("fence %d is not held: election %q is led by %q under fence %d, for another %v",
		e.Asked, e.Election, e.Held.Participant, e.Held.Fence, e.Held.TimeLeft)
}

// Revoke makes the store refuse all renewals of the tenure, which then lapses at its present expiry.
func Revoke(ctx context.Context, store stores.Store, election string, fence uint64) (Ended, error) {
	lease, err := held(ctx, store, election, fence)
	if err != nil {
		return Ended{}, err
	}
	left, err := revoke(ctx, store, lease)
	if err != nil {
		return Ended{}, err
	}
	return Ended{Election: election, Fence: fence, Participant: lease.Participant, Left: left}, nil
}

// Free frees the lease of the tenure now. Its holder learns of it from its next renewal, and may believe until its
// deadline that it leads, beside whoever comes next.
func Free(ctx context.Context, store stores.Store, election string, fence uint64) (Ended, error) {
	lease, err := held(ctx, store, election, fence)
	if err != nil {
		return Ended{}, err
	}
	// First, so that no renewal moves the holder's deadline after it was read here.
	left, err := revoke(ctx, store, lease)
	if err != nil {
		return Ended{}, err
	}
	freed, err := store.Release(ctx, election, lease.Tenure)
	if err != nil {
		return Ended{}, err
	}
	if !freed {
		left = 0
	}
	return Ended{Election: election, Fence: fence, Participant: lease.Participant, Freed: true, Left: left}, nil
}

// held returns the lease if it is held under this fence.
func held(ctx context.Context, store stores.Store, election string, fence uint64) (stores.Lease, error) {
	lease, err := store.Get(ctx, election)
	switch {
	case errors.Is(err, stores.ErrVacant):
		return lease, &NotHeldError{Election: election, Asked: fence}
	case err == nil && lease.Fence != fence:
		return lease, &NotHeldError{Election: election, Asked: fence, Held: &lease}
	}
	return lease, err
}

// revoke revokes the tenure, and returns how long it still lasts: 0 if it ended by itself meanwhile.
func revoke(ctx context.Context, store stores.Store, lease stores.Lease) (time.Duration, error) {
	if _, err := store.Revoke(ctx, lease.Election, lease.Fence); err != nil {
		return 0, err
	}
	last, err := held(ctx, store, lease.Election, lease.Fence)
	var over *NotHeldError
	if errors.As(err, &over) {
		return 0, nil
	}
	return last.TimeLeft, err
}
