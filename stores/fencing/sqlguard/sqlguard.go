package sqlguard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
)

// ErrUnprepared tells that a resource has no row in the table of fences: [Guard.Prepare] was never called for it, or the
// row was deleted.
var ErrUnprepared = errors.New("tenure: the resource has no row in the table of fences")

// Guard guards any number of resources in one database. It holds no connection and no state; its methods may be called
// from many goroutines.
type Guard struct {
	say statements
}

// New returns a guard. Options that are not valid are an error that is [stores.ErrInvalid].
func New(o Options) (*Guard, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Guard{say: o.statements()}, nil
}

// DDL returns the statement that creates the table of fences if it is not there. The primary key is a part of the rule:
// with two rows for a resource, one might admit what the other refuses.
func (g *Guard) DDL() string { return g.say.create }

// Prepare sees to it that the resource has a row, which [Guard.Admit] then raises. A row that is there is left as it is,
// so Prepare may be called at each start and by many at once: the primary key decides whose row it is. It works by
// itself, outside of any transaction, because a transaction in which two insert one row fails in some databases.
//
// The resource is a name by the rules of [stores.ValidateName]; another is refused with an error that is
// [stores.ErrInvalid].
func (g *Guard) Prepare(ctx context.Context, db *sql.DB, resource string) error {
	if err := stores.ValidateName("resource", resource); err != nil {
		return err
	}
	_, err := g.highest(ctx, db, resource)
	if !errors.Is(err, sql.ErrNoRows) {
		return wrapped(err, "find", resource)
	}
	if _, err = db.ExecContext(ctx, g.say.insert, resource); err == nil {
		return nil
	}
	// What a database says of a row that is there already differs from one to the next; that it is there does not.
	if _, missing := g.highest(ctx, db, resource); missing == nil {
		return nil
	}
	return wrapped(err, "prepare", resource)
}

// Admit raises the resource's highest token to the one given, if the rule admits it, and keeps the row locked until the
// transaction ends. A token that the rule does not admit is an [fencing.ErrStale], a *[fencing.StaleError]; its Highest
// is what the transaction sees. A resource without a row is an [ErrUnprepared]; a resource or token that is not valid is
// an error that is [stores.ErrInvalid]. Any other error is the database's. After each of them the transaction is to be
// rolled back.
//
// Only the commit makes the admission final. If its outcome is unknown, the same token may be offered again.
func (g *Guard) Admit(ctx context.Context, tx *sql.Tx, resource string, token fencing.Token) error {
	if err := errors.Join(stores.ValidateName("resource", resource), token.Validate()); err != nil {
		return err
	}
	fence := int64(token.Fence)
	result, err := tx.ExecContext(ctx, g.say.admit, fence, token.Incarnation, resource, fence, fence, token.Incarnation)
	if err != nil {
		return wrapped(err, "admit a write to", resource)
	}
	affected, err := result.RowsAffected()
	if err != nil {
		return wrapped(err, "admit a write to", resource)
	}
	if affected == 0 {
		return g.refusal(ctx, tx, resource, token)
	}
	return nil
}

// refusal finds out why the UPDATE met no row.
func (g *Guard) refusal(ctx context.Context, tx *sql.Tx, resource string, token fencing.Token) error {
	highest, err := g.highest(ctx, tx, resource)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: %q; call Prepare for it first", ErrUnprepared, resource)
	case err != nil:
		return wrapped(err, "find", resource)
	default:
		return &fencing.StaleError{Resource: resource, Offered: token, Highest: highest}
	}
}

// querier is a database, or a transaction in it.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (g *Guard) highest(ctx context.Context, q querier, resource string) (fencing.Token, error) {
	var (
		fence int64
		token fencing.Token
	)
	err := q.QueryRowContext(ctx, g.say.find, resource).Scan(&fence, &token.Incarnation)
	token.Fence = uint64(max(fence, 0))
	return token, err
}

func wrapped(err error, doing, resource string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("tenure: %s resource %q: %w", doing, resource, err)
}
