package sqlguard_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/sqlguard"
)

// At the start the table and the row are made; then each transaction begins with Admit. The database here is a fake;
// yours comes from sql.Open with its driver.
func Example() {
	ctx, db := context.Background(), (&fake{}).open()
	defer func() { _ = db.Close() }()
	guard, err := sqlguard.New(sqlguard.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := db.ExecContext(ctx, guard.DDL()); err != nil {
		fmt.Println(err)
		return
	}
	if err := guard.Prepare(ctx, db, "ledger"); err != nil {
		fmt.Println(err)
		return
	}
	write := func(token fencing.Token, line string) error { // fencing.Of(term) makes the token
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // after Commit it does nothing
		if err := guard.Admit(ctx, tx, "ledger", token); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO ledger (line) VALUES (?)", line); err != nil {
			return err
		}
		return tx.Commit()
	}
	fmt.Println(write(fencing.Token{Fence: 7, Incarnation: "old"}, "rent"))
	fmt.Println(write(fencing.Token{Fence: 8, Incarnation: "new"}, "wages"))
	late := write(fencing.Token{Fence: 7, Incarnation: "old"}, "rent, once more")
	fmt.Println(errors.Is(late, fencing.ErrStale))
	fmt.Println(late)
	// Output:
	// <nil>
	// <nil>
	// true
	// tenure: resource "ledger" refuses a write under fence 7 of incarnation "old": it has admitted fence 8 of incarnation "new"
}

// All that is protected is one row: the token stands in it, and one UPDATE checks and writes.
func Example_ownRow() {
	ctx, db := context.Background(), (&fake{}).open()
	defer func() { _ = db.Close() }()
	_, err := db.ExecContext(ctx, "INSERT INTO reports (name, body, fence, incarnation) VALUES (?, '', 0, '')", "daily")
	if err != nil {
		fmt.Println(err)
		return
	}
	write := func(token fencing.Token, body string) error {
		if err := token.Validate(); err != nil {
			return err
		}
		fence := int64(token.Fence)
		result, err := db.ExecContext(ctx, "UPDATE reports SET body = ?, fence = ?, incarnation = ? "+
			"WHERE name = ? AND (fence < ? OR (fence = ? AND incarnation = ?))",
			body, fence, token.Incarnation, "daily", fence, fence, token.Incarnation)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return &fencing.StaleError{Resource: "daily", Offered: token} // or there is no such row
	}
	fmt.Println(write(fencing.Token{Fence: 7, Incarnation: "old"}, "from the old leader"))
	fmt.Println(write(fencing.Token{Fence: 8, Incarnation: "new"}, "from the new leader"))
	fmt.Println(errors.Is(write(fencing.Token{Fence: 7, Incarnation: "old"}, "late"), fencing.ErrStale))
	var body string
	fmt.Println(db.QueryRowContext(ctx, "SELECT body FROM reports WHERE name = ?", "daily").Scan(&body), body)
	// Output:
	// <nil>
	// <nil>
	// true
	// <nil> from the new leader
}

func ExampleNew() {
	guard, err := sqlguard.New(sqlguard.Options{Table: "ops.fences", Placeholder: sqlguard.Dollar})
	fmt.Println(guard != nil, err)
	_, err = sqlguard.New(sqlguard.Options{Table: "fences; DROP TABLE users"})
	fmt.Println(err)
	// Output:
	// true <nil>
	// tenure: invalid table: "fences; DROP TABLE users": a name, or schema.name, of letters, digits and underscores, at most 63 bytes each
}

func ExampleGuard_DDL() {
	guard, err := sqlguard.New(sqlguard.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(guard.DDL())
	// Output:
	// CREATE TABLE IF NOT EXISTS tenure_fences (
	//   resource VARCHAR(200) NOT NULL PRIMARY KEY,
	//   fence BIGINT NOT NULL,
	//   incarnation VARCHAR(200) NOT NULL,
	//   writes BIGINT NOT NULL
	// )
}

// Prepare is for each start: it makes the row, or finds it.
func ExampleGuard_Prepare() {
	ctx, db := context.Background(), (&fake{}).open()
	defer func() { _ = db.Close() }()
	guard, err := sqlguard.New(sqlguard.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(guard.Prepare(ctx, db, "ledger"), guard.Prepare(ctx, db, "ledger"))
	// Output: <nil> <nil>
}

// A resource that was never prepared is told apart from a stale token.
func ExampleGuard_Admit() {
	ctx, db := context.Background(), (&fake{}).open()
	defer func() { _ = db.Close() }()
	guard, err := sqlguard.New(sqlguard.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	admit := func() error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{})
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if err := guard.Admit(ctx, tx, "ledger", fencing.Token{Fence: 7, Incarnation: "a"}); err != nil {
			return err
		}
		return tx.Commit()
	}
	fmt.Println(errors.Is(admit(), sqlguard.ErrUnprepared))
	fmt.Println(guard.Prepare(ctx, db, "ledger"), admit())
	// Output:
	// true
	// <nil> <nil>
}
