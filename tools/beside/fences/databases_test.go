package fences

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite" // the driver

	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/sqlguard"
	"github.com/tenure-go/tenure/tools/beside/postgrestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// resource is the one that tests write to, unless they say otherwise.
const resource = "ledger"

// database is a real one, and what differs from one to another.
type database struct {
	*sql.DB
	guard *sqlguard.Guard
	// log creates the table that is protected, whose id tells the order of what was written.
	log string
	// waiting asks whether a transaction waits for another; empty where the database does not tell.
	waiting string
	// dollars says that arguments are $1, $2 and so on.
	dollars bool
}

// onEach runs the test on each database.
func onEach(t *testing.T, test func(*testing.T, *database)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgres(t)) })
}

func sqlite(t *testing.T) *database {
	t.Helper()
	dsn := "file:" + filepath.Join(t.TempDir(), "db") + "?_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)"
	db, err := sql.Open("sqlite", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return (&database{
		DB:    db,
		guard: guardOf(t, sqlguard.Options{}),
		log:   "CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, fence BIGINT, incarnation TEXT)",
	}).prepared(t)
}

func postgres(t *testing.T) *database {
	t.Helper()
	return (&database{
		DB:      postgrestest.Start(t),
		guard:   guardOf(t, sqlguard.Options{Placeholder: sqlguard.Dollar}),
		log:     "CREATE TABLE log (id BIGINT GENERATED ALWAYS AS IDENTITY, fence BIGINT, incarnation TEXT)",
		waiting: "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)",
		dollars: true,
	}).prepared(t)
}

// prepared makes the tables and the resource's row.
func (d *database) prepared(t testing.TB) *database {
	t.Helper()
	for range 2 { // the second time does no harm
		d.exec(t, d.guard.DDL())
	}
	require.NoError(t, d.guard.Prepare(t.Context(), d.DB, resource))
	d.exec(t, d.log)
	return d
}

func guardOf(t testing.TB, o sqlguard.Options) *sqlguard.Guard {
	t.Helper()
	guard, err := sqlguard.New(o)
	require.NoError(t, err)
	return guard
}

// say writes a statement with question marks as the database wants it.
func (d *database) say(statement string) string {
	for n := 1; d.dollars && strings.Contains(statement, "?"); n++ {
		statement = strings.Replace(statement, "?", "$"+strconv.Itoa(n), 1)
	}
	return statement
}

func (d *database) exec(t testing.TB, statement string, args ...any) {
	t.Helper()
	_, err := d.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err, statement)
}

// awaitBlocked waits until a transaction waits for another, where the database tells.
func (d *database) awaitBlocked(t testing.TB) {
	t.Helper()
	if d.waiting == "" {
		return
	}
	require.Eventually(t, func() bool {
		var waiting bool
		err := d.QueryRowContext(t.Context(), d.waiting).Scan(&waiting)
		return err == nil && waiting
	}, 30*time.Second, 5*time.Millisecond)
}

func token(fence uint64, incarnation string) fencing.Token {
	return fencing.Token{Fence: fence, Incarnation: incarnation}
}

// leader is a transaction of one that leads, or led.
type leader struct {
	*sql.Tx
	d     *database
	token fencing.Token
}

func (d *database) begin(t testing.TB, tok fencing.Token, o *sql.TxOptions) *leader {
	t.Helper()
	tx, err := d.BeginTx(t.Context(), o)
	require.NoError(t, err)
	return &leader{Tx: tx, d: d, token: tok}
}

// write has the token admitted and adds to the log, without committing.
func (l *leader) write(ctx context.Context) error {
	if err := l.d.guard.Admit(ctx, l.Tx, resource, l.token); err != nil {
		return err
	}
	return l.add(ctx)
}

func (l *leader) add(ctx context.Context) error {
	insert := l.d.say("INSERT INTO log (fence, incarnation) VALUES (?, ?)")
	_, err := l.ExecContext(ctx, insert, int64(l.token.Fence), l.token.Incarnation)
	return err
}

// highest is the token that was admitted last, as it is seen from a transaction or from outside of any.
func (l *leader) highest(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (highest fencing.Token) {
	row := from.QueryRowContext(ctx, "SELECT fence, incarnation FROM tenure_fences")
	if err := row.Scan(&highest.Fence, &highest.Incarnation); err != nil {
		return fencing.Token{}
	}
	return highest
}

// finish commits what was written, or rolls it back if that failed.
func (l *leader) finish(err error) error {
	if err != nil {
		return errors.Join(err, l.Rollback())
	}
	return l.Commit()
}

// written is what the log has, in its order.
func (d *database) written(ctx context.Context) (all []fencing.Token, err error) {
	rows, err := d.QueryContext(ctx, "SELECT fence, incarnation FROM log ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var tok fencing.Token
		if err := rows.Scan(&tok.Fence, &tok.Incarnation); err != nil {
			return nil, err
		}
		all = append(all, tok)
	}
	return all, rows.Err()
}
