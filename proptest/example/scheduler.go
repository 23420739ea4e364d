// Package example is an application that leads, and its test as its authors would write it: a scheduler of which several
// replicas run, and that does a job each minute on the one that leads. It is to be read and copied from.
package example

import (
	"context"
	"errors"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/fencing"
)

// Ledger is what the job writes to. It refuses a write under a stale fence with [fencing.ErrStale], in one step with the
// write, and takes each minute once: so a minute that was begun by the last leader is not done twice by the next.
type Ledger interface {
	Record(token fencing.Token, minute time.Time) error
}

// Schedule does the job of each minute while this replica leads, until ctx ends.
func Schedule(ctx context.Context, e *elector.Elector, ledger Ledger) error {
	return e.Run(ctx, func(ctx context.Context, term *elector.Term) error {
		for {
			if err := term.Err(); err != nil {
				return err
			}
			err := ledger.Record(fencing.Of(term), time.Now().Truncate(time.Minute))
			if errors.Is(err, fencing.ErrStale) {
				return err // Another leads. Any other error is tried again in the next minute.
			}
			select {
			case <-time.After(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute))):
			case <-ctx.Done():
				return nil
			}
		}
	})
}
