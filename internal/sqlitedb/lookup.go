package sqlitedb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"
)

// lookup is a prepared SELECT straight on the driver, with room for what goes
// in and comes out: one goroutine at a time uses its connection.
type lookup struct {
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue
	row  Values
}

// Values is one row of a Lookup, valid until the function it was given to
// returns. Asking a column for another type than it has gives the zero value
// and makes the Lookup an error.
type Values struct {
	columns []driver.Value
	err     error
}

// Null reports whether a column is NULL.
func (v *Values) Null(i int) bool { return v.columns[i] == nil }

// Int64 gives an integer column.
func (v *Values) Int64(i int) int64 { return column[int64](v, i) }

// Text gives a text column.
func (v *Values) Text(i int) string { return column[string](v, i) }

// Blob gives a blob column, which the caller may keep.
func (v *Values) Blob(i int) []byte { return column[[]byte](v, i) }

func column[T int64 | string | []byte](v *Values, i int) T {
	value, ok := v.columns[i].(T)
	if !ok && v.err == nil {
		v.err = fmt.Errorf("column %d is a %T, expected a %T", i, v.columns[i], value)
	}
	return value
}

// ErrEnough, returned for a row of a Lookup, says that no further one is wanted. To
// learn that there is none costs as much as a third of finding the first.
var ErrEnough = errors.New("no further row is wanted")

// Lookup runs one SELECT and calls each with its rows. A single statement sees
// one state of the database, so it needs no transaction around it; and it
// leaves database/sql out, which costs as much as a point lookup itself.
//
// Arguments are int64, string, []byte or nil. As with Tx the text is a
// constant, of one statement. It waits while all connections are busy; each
// must not read from the same database.
//
// Write "x = +?" and not "x = ?" in a statement that has to be fast. SQLite's
// planner looks at the value of a bare parameter to guess how many rows will
// match, and from then on prepares the whole statement again whenever another
// value is bound: some 30 µs for a join. Behind the plus it does not look.
func (r *Reader) Lookup(ctx context.Context, each func(*Values) error, query string, args ...driver.Value) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	c, err := r.borrow(ctx)
	if err != nil {
		return err
	}
	defer r.slots.give(c)
	err = c.lookup(query, args, each)
	if isReadOnly(err) {
		return fmt.Errorf("lookup: %w", err) // the statement's fault, not the disk's
	}
	return r.failed(asStorage("lookup", err))
}

func (c *conn) lookup(query string, args []driver.Value, each func(*Values) error) error {
	return c.sql.Raw(func(driverConn any) error {
		l, err := c.preparedLookup(driverConn.(rawConn), query)
		if err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
		return l.run(args, each)
	})
}

func (c *conn) preparedLookup(raw rawConn, query string) (*lookup, error) {
	if l := c.lookups[query]; l != nil {
		return l, nil
	}
	if severalStatements(query) {
		return nil, fmt.Errorf("more than one statement in %q", query)
	}
	s, err := raw.Prepare(query)
	if err != nil {
		return nil, err
	}
	l := &lookup{stmt: s.(*sqlite3.SQLiteStmt)}
	c.lookups[query] = l
	return l, nil
}

func (l *lookup) run(args []driver.Value, each func(*Values) error) (err error) {
	l.args = l.args[:0]
	for i, value := range args {
		l.args = append(l.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	// A context that can end would start a goroutine per statement.
	rows, err := l.stmt.QueryContext(context.Background(), l.args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if l.row.columns == nil {
		l.row.columns = make([]driver.Value, len(rows.Columns()))
	}
	l.row.err = nil
	for {
		if err := rows.Next(l.row.columns); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		switch err := each(&l.row); {
		case l.row.err != nil:
			return errors.Join(err, l.row.err)
		case err == ErrEnough:
			return nil
		case err != nil:
			return err
		}
	}
}
