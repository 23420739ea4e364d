package fences

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/fencing"
)

// encounter is of two transactions at once: the first has written and not ended when the second comes.
type encounter struct {
	name          string
	first, second fencing.Token
	rollsBack     bool // the first
	refused       bool // the second
}

var encounters = []encounter{
	{"a late writer behind the new leader", token(12, "new"), token(11, "old"), false, true},
	{"a new leader behind the old one", token(21, "old"), token(22, "new"), false, false},
	{"a new leader behind an old one that rolls back", token(31, "old"), token(32, "new"), true, false},
	{"an old leader behind a new one that rolls back", token(42, "new"), token(41, "old"), true, false},
	{"two writes of one tenure", token(51, "one"), token(51, "one"), false, false},
	{"two leaders with one fence", token(61, "one"), token(61, "other"), false, true},
	{"two leaders with one fence, and the first rolls back", token(71, "one"), token(71, "other"), true, false},
	{"a late writer that a float takes for the leader", token(1<<53+1, "a"), token(1<<53, "a"), false, true},
	{"a new leader that a float takes for the old one", token(1<<60, "a"), token(1<<60+1, "b"), false, false},
}

// written is what must be in the log afterwards.
func (e encounter) written() (all []fencing.Token) {
	if !e.rollsBack {
		all = append(all, e.first)
	}
	if !e.refused {
		all = append(all, e.second)
	}
	return all
}

// end ends the first.
func (e encounter) end(tx *sql.Tx) error {
	if e.rollsBack {
		return tx.Rollback()
	}
	return tx.Commit()
}

// The second to come waits for the row until the first has ended, and is judged by what that has left.
func TestTheSecondToComeIsJudgedByWhatTheFirstHasLeft(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		for _, e := range encounters {
			t.Run(e.name, func(t *testing.T) {
				d.exec(t, "DELETE FROM log")
				first, second := d.begin(t, e.first, nil), d.begin(t, e.second, nil)
				require.NoError(t, first.write(t.Context()))
				late := make(chan error)
				go func() { late <- second.finish(second.write(t.Context())) }()
				d.awaitBlocked(t)
				require.NoError(t, e.end(first.Tx))
				err := <-late
				written, readErr := d.written(t.Context())
				require.NoError(t, readErr)
				require.Equal(t, e.written(), written)
				if !e.refused {
					require.NoError(t, err)
					return
				}
				var stale *fencing.StaleError
				require.ErrorAs(t, err, &stale)
				require.Equal(t, fencing.StaleError{Resource: resource, Offered: e.second, Highest: e.first}, *stale)
			})
		}
	})
}

// The token stands in the row that is protected, and the UPDATE is its own transaction.
func TestTheRowItselfRefusesALateUpdate(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		d.exec(t, "CREATE TABLE reports (name TEXT PRIMARY KEY, body TEXT, fence BIGINT NOT NULL, incarnation TEXT NOT NULL)")
		d.exec(t, "INSERT INTO reports VALUES ('daily', '', 0, '')")
		type execer interface {
			ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error)
		}
		update := func(on execer, tok fencing.Token) (int64, error) {
			fence := int64(tok.Fence)
			result, err := on.ExecContext(t.Context(), d.say("UPDATE reports SET body = ?, fence = ?, incarnation = ? "+
				"WHERE name = ? AND (fence < ? OR (fence = ? AND incarnation = ?))"),
				"by "+tok.Incarnation, fence, tok.Incarnation, "daily", fence, fence, tok.Incarnation)
			if err != nil {
				return 0, err
			}
			return result.RowsAffected()
		}
		tx, err := d.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		n, err := update(tx, token(8, "new"))
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		late := make(chan int64)
		go func() {
			n, err := update(d.DB, token(7, "old"))
			if err != nil {
				n = -1
			}
			late <- n
		}()
		d.awaitBlocked(t)
		require.NoError(t, tx.Commit())
		require.Zero(t, <-late)
		var body string
		require.NoError(t, d.QueryRowContext(t.Context(), "SELECT body FROM reports").Scan(&body))
		require.Equal(t, "by new", body)
	})
}

// Above READ COMMITTED, PostgreSQL does not judge the one that waited: it ends it. Once repeated, it is judged.
func TestAtHigherIsolationTheOneThatWaitedIsToBeRepeated(t *testing.T) {
	d := postgres(t)
	for i, level := range []sql.IsolationLevel{sql.LevelRepeatableRead, sql.LevelSerializable} {
		fence := uint64(10 + 10*i)
		t.Run(level.String(), func(t *testing.T) {
			first := d.begin(t, token(fence+1, "new"), nil)
			second := d.begin(t, token(fence, "old"), &sql.TxOptions{Isolation: level})
			require.NoError(t, first.write(t.Context()))
			late := make(chan error)
			go func() { late <- second.finish(second.write(t.Context())) }()
			d.awaitBlocked(t)
			require.NoError(t, first.Commit())
			err := <-late
			var failure *pgconn.PgError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, "40001", failure.Code, "a serialization failure")
			require.NotErrorIs(t, err, fencing.ErrStale)
			again := d.begin(t, token(fence, "old"), &sql.TxOptions{Isolation: level})
			require.ErrorIs(t, again.finish(again.write(t.Context())), fencing.ErrStale)
		})
	}
}
