package fencingtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
)

// bench is what a check works on: a fresh resource, and what it must have in its log.
type bench struct {
	Resource
	ctx  context.Context
	h    Harness
	want []fencing.Token
}

// token is short for a token of the given incarnation.
func token(fence uint64, incarnation string) fencing.Token {
	return fencing.Token{Fence: fence, Incarnation: incarnation}
}

// admits requires a write to be admitted, and to arrive.
func (b *bench) admits(t fencing.Token) error {
	if err := b.Append(b.ctx, t); err != nil {
		return fmt.Errorf("%v after %v: it must be admitted, and is not: %w", t, b.want, err)
	}
	b.want = append(b.want, t)
	return b.arrived(t)
}

// refuses requires a write to be refused as stale, and to leave no trace.
func (b *bench) refuses(t fencing.Token) error {
	err := b.Append(b.ctx, t)
	var stale *fencing.StaleError
	switch {
	case !errors.Is(err, fencing.ErrStale):
		return fmt.Errorf("%v after %v: the error must be an ErrStale, and is: %w", t, b.want, orNone(err))
	case !errors.As(err, &stale):
		return fmt.Errorf("%v after %v: the error must be a *StaleError, and is %T: %w", t, b.want, err, err)
	case stale.Offered != t:
		return fmt.Errorf("%v after %v: the StaleError must name what was offered, and names %v", t, b.want, stale.Offered)
	case stale.Highest != b.want[len(b.want)-1]:
		return fmt.Errorf("%v after %v: the StaleError must name the highest, and names %v", t, b.want, stale.Highest)
	}
	return b.arrived(t)
}

// rejects requires a write to be refused as invalid, and to leave no trace.
func (b *bench) rejects(t fencing.Token) error {
	if err := b.Append(b.ctx, t); !errors.Is(err, stores.ErrInvalid) {
		return fmt.Errorf("%v after %v: the error must be an ErrInvalid, and is: %w", t, b.want, orNone(err))
	}
	return b.arrived(t)
}

// arrived requires the log to have what was admitted, and no more.
func (b *bench) arrived(after fencing.Token) error {
	got, err := b.Log(b.ctx)
	if err != nil {
		return fmt.Errorf("the log after %v: %w", after, err)
	}
	if !slices.Equal(b.want, got) {
		return fmt.Errorf("the log after %v must be %v, and is %v", after, b.want, got)
	}
	return nil
}

// orNone lets an error that is missing be wrapped like another.
func orNone(err error) error {
	if err == nil {
		return errors.New("none")
	}
	return err
}

// first returns the first error of steps, each run only if those before it had none.
func first(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) admit(t fencing.Token) func() error  { return func() error { return b.admits(t) } }
func (b *bench) refuse(t fencing.Token) func() error { return func() error { return b.refuses(t) } }
func (b *bench) reject(t fencing.Token) func() error { return func() error { return b.rejects(t) } }
