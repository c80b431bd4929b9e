package sqlitedb

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

const fewArgs = 16

// running is a prepared statement that gives no rows, straight on the driver, as
// lookup is: most of an entry's transaction are such, and database/sql costs each as
// much as a small table's insert.
//
// More than fewArgs arguments the driver gives to SQLite together, and copies none
// twice, but only where it is asked for rows; how many a statement changed is asked
// behind it.
type running struct {
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue
}

// run runs a statement that gives no rows.
func (c *conn) run(query string, args []any) (result driver.Result, err error) {
	err = c.sql.Raw(func(driverConn any) error {
		r, err := c.preparedRun(driverConn.(rawConn), query)
		if err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
		if err := r.take(args); err != nil {
			return err
		}
		if len(args) > fewArgs {
			result, err = r.together(c, driverConn.(rawConn))
		} else {
			result, err = r.run()
		}
		clear(r.args) // a body is not kept until the next
		return err
	})
	return result, err
}

func (c *conn) preparedRun(raw rawConn, query string) (*running, error) {
	if r := c.runs[query]; r != nil {
		return r, nil
	}
	if severalStatements(query) {
		return nil, fmt.Errorf("more than one statement in %q", query)
	}
	s, err := raw.Prepare(query)
	if err != nil {
		return nil, err
	}
	r := &running{stmt: s.(*sqlite3.SQLiteStmt)}
	c.runs[query] = r
	return r, nil
}

// take turns arguments into what the driver knows.
func (r *running) take(args []any) error {
	if want := r.stmt.NumInput(); len(args) != want {
		return fmt.Errorf("%d arguments, want %d", len(args), want)
	}
	r.args = r.args[:0]
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		r.args = append(r.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return nil
}

func (r *running) run() (driver.Result, error) {
	// A context that can end would start a goroutine per statement.
	return r.stmt.ExecContext(context.Background(), r.args)
}

// together runs it with all arguments bound at once: it is done before rows are asked
// for, of which it has none.
func (r *running) together(c *conn, raw rawConn) (driver.Result, error) {
	rows, err := r.stmt.QueryContext(context.Background(), r.args)
	if err == nil {
		err = rows.Close()
	}
	if err != nil {
		return nil, err
	}
	l, err := c.preparedLookup(raw, "SELECT changes()")
	if err != nil {
		return nil, err
	}
	var changed int64
	err = l.run(nil, func(v *Values) error {
		changed = v.Int64(0)
		return ErrEnough
	})
	return driver.RowsAffected(changed), err
}
