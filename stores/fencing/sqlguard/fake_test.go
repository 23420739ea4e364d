package sqlguard_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// fake is a database of one table per name, with as much SQL as the statements of this package are made of, and one
// transaction at a time. It shows what the package says to a database; what real ones make of it is tested on real ones,
// in tools/beside.
type fake struct {
	turn sync.Mutex // held by the transaction, or by a statement outside of one
	rows map[string]row

	mu   sync.Mutex
	said []string
	// fault, if not nil, may answer a statement with an error.
	fault func(statement string) error
	// uncounted makes the database unable to tell how many rows were affected.
	uncounted bool
}

// row is found by its table and key.
type row map[string]driver.Value

// open returns the database as users see it.
func (f *fake) open() *sql.DB {
	f.rows = map[string]row{}
	return sql.OpenDB(f)
}

// openFor closes it at the end of the test.
func (f *fake) openFor(t testing.TB) *sql.DB {
	db := f.open()
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (f *fake) Connect(context.Context) (driver.Conn, error) { return &conn{fake: f}, nil }
func (f *fake) Driver() driver.Driver                        { return nil }

// conn is a connection; saved is what a rollback brings back, nil outside of a transaction.
type conn struct {
	*fake
	saved map[string]row
}

func (c *conn) Prepare(string) (driver.Stmt, error) {
	return nil, errors.New("fake: no prepared statements")
}
func (c *conn) Close() error { return nil }

func (c *conn) Begin() (driver.Tx, error) {
	c.turn.Lock()
	c.saved = map[string]row{}
	for key, r := range c.rows {
		c.saved[key] = maps.Clone(r)
	}
	return c, nil
}

func (c *conn) Commit() error {
	c.saved = nil
	c.turn.Unlock()
	return nil
}

func (c *conn) Rollback() error {
	c.rows = c.saved
	return c.Commit()
}

// begin takes a turn for a statement, and keeps what was said.
func (c *conn) begin(statement string) (end func(), err error) {
	c.mu.Lock()
	c.said = append(c.said, statement)
	fault := c.fault
	c.mu.Unlock()
	if fault != nil {
		err = fault(statement)
	}
	if c.saved != nil {
		return func() {}, err
	}
	c.turn.Lock()
	return c.turn.Unlock, err
}

var (
	creates = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS \S+ \(`)
	inserts = regexp.MustCompile(`^INSERT INTO (\S+) \((.+)\) VALUES \((.+)\)$`)
	selects = regexp.MustCompile(`^SELECT (.+) FROM (\S+) WHERE \w+ = \S+$`)
	updates = regexp.MustCompile(`^UPDATE (\S+) SET (.+) WHERE \w+ = \S+ ` +
		`AND \(fence < \S+ OR \(fence = \S+ AND incarnation = \S+\)\)$`)
)

func (c *conn) ExecContext(_ context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	end, err := c.begin(statement)
	defer end()
	if err != nil {
		return nil, err
	}
	affected := int64(0)
	switch {
	case creates.MatchString(statement):
	case inserts.MatchString(statement):
		affected, err = c.insert(inserts.FindStringSubmatch(statement), args)
	case updates.MatchString(statement):
		affected = c.update(updates.FindStringSubmatch(statement), args)
	default:
		err = fmt.Errorf("fake: what is %q", statement)
	}
	if c.uncounted {
		return driver.ResultNoRows, err
	}
	return driver.RowsAffected(affected), err
}

func (c *conn) insert(parts []string, args []driver.NamedValue) (int64, error) {
	r := row{}
	values := strings.Split(parts[3], ", ")
	for i, column := range strings.Split(parts[2], ", ") {
		switch values[i] {
		case "0":
			r[column] = int64(0)
		case "''":
			r[column] = ""
		default:
			r[column], args = args[0].Value, args[1:]
		}
	}
	key := fmt.Sprint(parts[1], "/", r[strings.Split(parts[2], ", ")[0]])
	if c.rows[key] != nil {
		return 0, errors.New("fake: duplicate key")
	}
	c.rows[key] = r
	return 1, nil
}

func (c *conn) update(parts []string, args []driver.NamedValue) int64 {
	set := strings.Split(parts[2], ", ")
	where := args[len(args)-4:]
	r := c.rows[fmt.Sprint(parts[1], "/", where[0].Value)]
	if r == nil {
		return 0
	}
	fence, incarnation := r["fence"].(int64), r["incarnation"].(string)
	if fence >= where[1].Value.(int64) && (fence != where[2].Value.(int64) || incarnation != where[3].Value.(string)) {
		return 0
	}
	for _, assignment := range set {
		column, value, _ := strings.Cut(assignment, " = ")
		if value == column+" + 1" {
			r[column] = r[column].(int64) + 1
			continue
		}
		r[column], args = args[0].Value, args[1:]
	}
	return 1
}

func (c *conn) QueryContext(_ context.Context, statement string, args []driver.NamedValue) (driver.Rows, error) {
	end, err := c.begin(statement)
	defer end()
	if err != nil {
		return nil, err
	}
	parts := selects.FindStringSubmatch(statement)
	if parts == nil {
		return nil, fmt.Errorf("fake: what is %q", statement)
	}
	found := &result{columns: strings.Split(parts[1], ", ")}
	if r := c.rows[fmt.Sprint(parts[2], "/", args[0].Value)]; r != nil {
		found.row = maps.Clone(r)
	}
	return found, nil
}

// result is at most one row.
type result struct {
	columns []string
	row     row
}

func (r *result) Columns() []string { return r.columns }
func (r *result) Close() error      { return nil }

func (r *result) Next(to []driver.Value) error {
	if r.row == nil {
		return io.EOF
	}
	for i, column := range r.columns {
		to[i] = r.row[column]
	}
	r.row = nil
	return nil
}
