package fences

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/fencingtest"
	"github.com/tenure-go/tenure/stores/fencing/sqlguard"
)

// log makes a database a resource of package fencingtest.
type log struct {
	d     *database
	admit func(context.Context, *leader) error
}

func (l log) Append(ctx context.Context, tok fencing.Token) error {
	if err := tok.Validate(); err != nil {
		return err
	}
	tx, err := l.d.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	leader := &leader{Tx: tx, d: l.d, token: tok}
	if err := l.admit(ctx, leader); err != nil {
		return leader.finish(err)
	}
	return leader.finish(leader.add(ctx))
}

func (l log) Log(ctx context.Context) ([]fencing.Token, error) { return l.d.written(ctx) }

// harness is for a guard of the given kind, on a database that each check finds empty.
func (d *database) harness(admit func(context.Context, *leader) error) fencingtest.Harness {
	return fencingtest.Harness{New: func(t testing.TB) fencingtest.Resource {
		d.exec(t, "DELETE FROM log")
		d.exec(t, "UPDATE tenure_fences SET fence = 0, incarnation = '', writes = 0")
		return log{d: d, admit: admit}
	}}
}

func TestConformance(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		fencingtest.Run(t, d.harness(func(ctx context.Context, l *leader) error {
			return d.guard.Admit(ctx, l.Tx, resource, l.token)
		}))
		var writes, kept int
		require.NoError(t, d.QueryRowContext(t.Context(), "SELECT writes FROM tenure_fences").Scan(&writes))
		require.NoError(t, d.QueryRowContext(t.Context(), "SELECT count(*) FROM log").Scan(&kept))
		require.Equal(t, kept, writes, "what was admitted is what was written")
	})
}

// admitsWhere is a guard with another condition in its UPDATE.
func admitsWhere(condition string) func(context.Context, *leader) error {
	return func(ctx context.Context, l *leader) error {
		fence := int64(l.token.Fence)
		result, err := l.ExecContext(ctx, l.d.say("UPDATE tenure_fences SET fence = ?, incarnation = ? WHERE "+condition),
			fence, l.token.Incarnation, fence, fence, l.token.Incarnation)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return &fencing.StaleError{Offered: l.token, Highest: l.highest(ctx, l.Tx)}
	}
}

// looksFirst is a guard that compares what it has read, and then writes. In between, another may.
func looksFirst(ctx context.Context, l *leader) error {
	if highest := l.highest(ctx, l.d); !fencing.Admits(highest, l.token) {
		return &fencing.StaleError{Offered: l.token, Highest: highest}
	}
	_, err := l.ExecContext(ctx, l.d.say("UPDATE tenure_fences SET fence = ?, incarnation = ?"),
		int64(l.token.Fence), l.token.Incarnation)
	return err
}

// The suite would find these guards out on a real database too.
func TestTheSuiteFindsPlantedFaults(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		for name, planted := range map[string]struct {
			admit func(context.Context, *leader) error
			check string
		}{
			"none":                        {admitsWhere("fence < ? OR (fence = ? AND incarnation = ?)"), ""},
			"the same fence is enough":    {admitsWhere("fence <= ? OR (fence = ? AND incarnation = ?)"), "the_same_fence_of_another_incarnation_is_refused"},
			"only a higher fence will do": {admitsWhere("fence < ? OR (fence > ? AND incarnation = ?)"), "the_same_tenure_is_admitted_again"},
			"fences are floats": {
				admitsWhere("CAST(fence AS DOUBLE PRECISION) < CAST(? AS DOUBLE PRECISION) OR (fence = ? AND incarnation = ?)"),
				"fences_are_compared_as_whole_numbers",
			},
			"incarnations have no case": {
				admitsWhere("fence < ? OR (fence = ? AND lower(incarnation) = lower(?))"),
				"the_same_fence_of_another_incarnation_is_refused",
			},
			"check and write in two steps": {looksFirst, "of_many_writers_the_accepted_never_go_down"},
		} {
			t.Run(name, func(t *testing.T) {
				found := fencingtest.Judge(t, d.harness(planted.admit))
				if planted.check == "" {
					require.Empty(t, found)
					return
				}
				require.Contains(t, found, planted.check, "the fault survives")
			})
		}
	})
}

func TestManyPrepareAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		const many = 16
		errs := make(chan error, many)
		for range many {
			go func() { errs <- d.guard.Prepare(t.Context(), d.DB, "fresh") }()
		}
		for range many {
			require.NoError(t, <-errs)
		}
		var rows int
		require.NoError(t, d.QueryRowContext(t.Context(), "SELECT count(*) FROM tenure_fences WHERE resource = 'fresh'").Scan(&rows))
		require.Equal(t, 1, rows)
	})
}

func TestPrepareLowersNothing(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		l := d.begin(t, token(7, "a"), nil)
		require.NoError(t, l.finish(l.write(t.Context())))
		require.NoError(t, d.guard.Prepare(t.Context(), d.DB, resource))
		late := d.begin(t, token(6, "b"), nil)
		require.ErrorIs(t, late.finish(late.write(t.Context())), fencing.ErrStale)
	})
}

// The names of resources are data, whatever they look like, and each has a row of its own.
func TestResourcesAreIndependent(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		admit := func(name string, tok fencing.Token) error {
			l := d.begin(t, tok, nil)
			return l.finish(d.guard.Admit(t.Context(), l.Tx, name, tok))
		}
		for _, name := range []string{"a", "A", "a ", "%", "_", "'; DROP TABLE tenure_fences; --", "caf\u00e9", `"\`} {
			require.ErrorIs(t, admit(name, token(1, "a")), sqlguard.ErrUnprepared, name)
			require.NoError(t, d.guard.Prepare(t.Context(), d.DB, name))
			require.NoError(t, admit(name, token(1, "a")), name)
			require.ErrorIs(t, admit(name, token(1, "b")), fencing.ErrStale, name)
		}
	})
}

func TestATableInASchema(t *testing.T) {
	d := postgres(t)
	d.exec(t, "CREATE SCHEMA ops")
	d.guard = guardOf(t, sqlguard.Options{Table: "ops.fences", Placeholder: sqlguard.Dollar})
	d.exec(t, d.guard.DDL())
	require.NoError(t, d.guard.Prepare(t.Context(), d.DB, resource))
	l := d.begin(t, token(7, "a"), nil)
	require.NoError(t, l.finish(l.write(t.Context())))
}
