package sqlguard_test

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/fencingtest"
	"github.com/tenure-go/tenure/stores/fencing/sqlguard"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newGuard(t testing.TB, o sqlguard.Options) *sqlguard.Guard {
	t.Helper()
	guard, err := sqlguard.New(o)
	require.NoError(t, err)
	return guard
}

// prepared is a guard on a fake database that has a row for the ledger.
func prepared(t testing.TB) (*sqlguard.Guard, *fake, *sql.DB) {
	t.Helper()
	f, guard := &fake{}, newGuard(t, sqlguard.Options{})
	db := f.openFor(t)
	require.NoError(t, guard.Prepare(t.Context(), db, "ledger"))
	return guard, f, db
}

func token(fence uint64, incarnation string) fencing.Token {
	return fencing.Token{Fence: fence, Incarnation: incarnation}
}

// within runs work in a transaction, which it commits if work does not fail.
func within(ctx context.Context, db *sql.DB, work func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// log is a table that the guard protects.
type log struct {
	guard *sqlguard.Guard
	db    *sql.DB
	mu    sync.Mutex
	size  int
}

func (l *log) Append(ctx context.Context, t fencing.Token) error {
	return within(ctx, l.db, func(tx *sql.Tx) error {
		if err := l.guard.Admit(ctx, tx, "ledger", t); err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		_, err := tx.ExecContext(ctx, "INSERT INTO log (id, fence, incarnation) VALUES (?, ?, ?)", strconv.Itoa(l.size),
			int64(t.Fence), t.Incarnation)
		l.size++
		return err
	})
}

func (l *log) Log(ctx context.Context) (all []fencing.Token, err error) {
	for id := range l.size {
		var t fencing.Token
		row := l.db.QueryRowContext(ctx, "SELECT fence, incarnation FROM log WHERE id = ?", strconv.Itoa(id))
		if err := row.Scan(&t.Fence, &t.Incarnation); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func TestConformance(t *testing.T) {
	fencingtest.Run(t, fencingtest.Harness{New: func(t testing.TB) fencingtest.Resource {
		guard, _, db := prepared(t)
		return &log{guard: guard, db: db}
	}})
}

func TestStatements(t *testing.T) {
	for name, c := range map[string]struct {
		options sqlguard.Options
		said    []string
	}{
		"question marks": {sqlguard.Options{}, []string{
			"SELECT fence, incarnation FROM tenure_fences WHERE resource = ?",
			"INSERT INTO tenure_fences (resource, fence, incarnation, writes) VALUES (?, 0, '', 0)",
			"UPDATE tenure_fences SET fence = ?, incarnation = ?, writes = writes + 1 " +
				"WHERE resource = ? AND (fence < ? OR (fence = ? AND incarnation = ?))",
		}},
		"dollars, and a schema": {sqlguard.Options{Table: "ops.Fences_2", Placeholder: sqlguard.Dollar}, []string{
			"SELECT fence, incarnation FROM ops.Fences_2 WHERE resource = $1",
			"INSERT INTO ops.Fences_2 (resource, fence, incarnation, writes) VALUES ($1, 0, '', 0)",
			"UPDATE ops.Fences_2 SET fence = $1, incarnation = $2, writes = writes + 1 " +
				"WHERE resource = $3 AND (fence < $4 OR (fence = $5 AND incarnation = $6))",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f, guard := &fake{}, newGuard(t, c.options)
			db := f.openFor(t)
			require.NoError(t, guard.Prepare(t.Context(), db, "ledger"))
			require.NoError(t, within(t.Context(), db, func(tx *sql.Tx) error {
				return guard.Admit(t.Context(), tx, "ledger", token(7, "a"))
			}))
			require.Equal(t, c.said, f.said)
		})
	}
}

func TestOptionsThatAreNotValidAreRefused(t *testing.T) {
	for _, table := range []string{
		"fences; DROP TABLE users", "fences--", `"fences"`, "`fences`", "a b", "a.b.c", ".a", "a.", "1a", "f\u00e9nces",
		"fences\n", " fences", strings.Repeat("a", 64), "a." + strings.Repeat("a", 64), "fences WHERE 1=1",
	} {
		_, err := sqlguard.New(sqlguard.Options{Table: table})
		require.ErrorIs(t, err, stores.ErrInvalid, table)
		var invalid *stores.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, table, invalid.Value)
	}
	_, err := sqlguard.New(sqlguard.Options{Table: "-", Placeholder: 2})
	require.ErrorContains(t, err, "invalid table")
	require.ErrorContains(t, err, "invalid placeholder: 2")
}

func TestARefusedTransactionLeavesNothing(t *testing.T) {
	guard, f, db := prepared(t)
	l := &log{guard: guard, db: db}
	require.NoError(t, l.Append(t.Context(), token(8, "new")))
	before := len(f.rows)
	require.ErrorIs(t, l.Append(t.Context(), token(7, "old")), fencing.ErrStale)
	require.Len(t, f.rows, before)
}

func TestAResourceWithoutARowIsTold(t *testing.T) {
	guard, _, db := prepared(t)
	err := within(t.Context(), db, func(tx *sql.Tx) error {
		return guard.Admit(t.Context(), tx, "another", token(7, "a"))
	})
	require.ErrorIs(t, err, sqlguard.ErrUnprepared)
	require.NotErrorIs(t, err, fencing.ErrStale)
	require.ErrorContains(t, err, `"another"`)
}

func TestPrepareLeavesARowAsItIs(t *testing.T) {
	guard, f, db := prepared(t)
	require.NoError(t, (&log{guard: guard, db: db}).Append(t.Context(), token(7, "a")))
	require.NoError(t, guard.Prepare(t.Context(), db, "ledger"))
	require.Equal(t, row{"resource": "ledger", "fence": int64(7), "incarnation": "a", "writes": int64(1)},
		f.rows["tenure_fences/ledger"])
}

// All see that there is no row before the first inserts it.
func TestManyPrepareAtOnce(t *testing.T) {
	const many = 8
	f, guard := &fake{}, newGuard(t, sqlguard.Options{})
	db := f.openFor(t)
	var seen sync.WaitGroup
	seen.Add(many)
	f.fault = func(statement string) error {
		if strings.HasPrefix(statement, "INSERT") {
			seen.Done()
			seen.Wait()
		}
		return nil
	}
	errs := make(chan error, many)
	for range many {
		go func() { errs <- guard.Prepare(t.Context(), db, "ledger") }()
	}
	for range many {
		require.NoError(t, <-errs)
	}
	require.Len(t, f.rows, 1)
}

func TestErrorsOfTheDatabaseArePassedOn(t *testing.T) {
	down := errors.New("connection reset")
	fault := func(verb string) func(string) error {
		return func(statement string) error {
			if strings.HasPrefix(statement, verb) {
				return down
			}
			return nil
		}
	}
	for _, verb := range []string{"SELECT", "INSERT"} {
		t.Run("prepare, "+verb, func(t *testing.T) {
			f := &fake{fault: fault(verb)}
			err := newGuard(t, sqlguard.Options{}).Prepare(t.Context(), f.openFor(t), "ledger")
			require.ErrorIs(t, err, down)
			require.ErrorContains(t, err, `resource "ledger"`)
		})
	}
	for _, verb := range []string{"SELECT", "UPDATE"} {
		t.Run("admit, "+verb, func(t *testing.T) {
			guard, f, db := prepared(t)
			require.NoError(t, (&log{guard: guard, db: db}).Append(t.Context(), token(8, "new")))
			f.fault = fault(verb)
			err := (&log{guard: guard, db: db}).Append(t.Context(), token(7, "old"))
			require.ErrorIs(t, err, down)
			require.NotErrorIs(t, err, fencing.ErrStale)
		})
	}
	t.Run("no count of rows", func(t *testing.T) {
		guard, f, db := prepared(t)
		f.uncounted = true
		err := (&log{guard: guard, db: db}).Append(t.Context(), token(8, "new"))
		require.ErrorContains(t, err, "tenure: admit a write to resource")
		require.NotErrorIs(t, err, fencing.ErrStale)
	})
}

func TestBadInputIsRefusedBeforeAnythingIsSaid(t *testing.T) {
	guard, f, db := prepared(t)
	f.said = nil
	require.ErrorIs(t, guard.Prepare(t.Context(), db, ""), stores.ErrInvalid)
	require.ErrorIs(t, guard.Prepare(t.Context(), db, "a\x00b"), stores.ErrInvalid)
	err := within(t.Context(), db, func(tx *sql.Tx) error {
		return guard.Admit(t.Context(), tx, "", fencing.Token{})
	})
	require.ErrorIs(t, err, stores.ErrInvalid)
	for _, field := range []string{"resource", "fence", "incarnation"} {
		require.ErrorContains(t, err, "invalid "+field)
	}
	require.Empty(t, f.said)
}
