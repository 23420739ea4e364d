package sqlguard

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/tenure-go/tenure/stores"
)

// DefaultTable is the table of fences where [Options] name none.
const DefaultTable = "tenure_fences"

// Placeholder is how a database writes the place of an argument.
type Placeholder uint8

const (
	// Question is a question mark each, as in SQLite.
	Question Placeholder = iota
	// Dollar is a dollar sign and a number, as in PostgreSQL.
	Dollar
)

// at returns the placeholder of the n-th argument, from 1.
func (p Placeholder) at(n int) string {
	if p == Dollar {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

// Options say where the fences are kept. The zero value is for [DefaultTable] in a database with question marks.
type Options struct {
	// Table is the table of fences; empty for [DefaultTable]. It is a name, or a schema and a name with a dot between,
	// of letters, digits and underscores of ASCII, at most 63 each. It goes into the statements as it is, without
	// quotes.
	Table string
	// Placeholder is how the database writes the place of an argument.
	Placeholder Placeholder

	_ struct{}
}

func (o Options) withDefaults() Options {
	if o.Table == "" {
		o.Table = DefaultTable
	}
	return o
}

// identifier is what needs no quotes in any database, and cannot end a statement.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$`)

func (o Options) validate() error {
	var table, placeholder error
	if !identifier.MatchString(o.Table) {
		table = &stores.InvalidError{
			Field: "table", Value: o.Table,
			Reason: "a name, or schema.name, of letters, digits and underscores, at most 63 bytes each",
		}
	}
	if o.Placeholder > Dollar {
		placeholder = &stores.InvalidError{Field: "placeholder", Value: uint8(o.Placeholder), Reason: "it is Question or Dollar"}
	}
	return errors.Join(table, placeholder)
}

// statements are what a guard says to the database.
type statements struct{ create, find, insert, admit string }

func (o Options) statements() statements {
	at := o.Placeholder.at
	return statements{
		create: "CREATE TABLE IF NOT EXISTS " + o.Table + " (\n" +
			"  resource VARCHAR(200) NOT NULL PRIMARY KEY,\n" +
			"  fence BIGINT NOT NULL,\n" +
			"  incarnation VARCHAR(200) NOT NULL,\n" +
			"  writes BIGINT NOT NULL\n" +
			")",
		find: fmt.Sprintf("SELECT fence, incarnation FROM %s WHERE resource = %s", o.Table, at(1)),
		insert: fmt.Sprintf("INSERT INTO %s (resource, fence, incarnation, writes) VALUES (%s, 0, '', 0)",
			o.Table, at(1)),
		// Each place has an argument of its own: a database that infers types by place need not make two of them agree.
		admit: fmt.Sprintf("UPDATE %s SET fence = %s, incarnation = %s, writes = writes + 1 "+
			"WHERE resource = %s AND (fence < %s OR (fence = %s AND incarnation = %s))",
			o.Table, at(1), at(2), at(3), at(4), at(5), at(6)),
	}
}
