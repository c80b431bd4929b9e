package sqlitedb

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// running is a prepared statement that gives no rows, straight on the driver, as
// lookup is: most of an entry's transaction are such, and database/sql costs each as
// much as a small table's insert.
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
		result, err = r.run(args)
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

func (r *running) run(args []any) (driver.Result, error) {
	r.args = r.args[:0]
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		r.args = append(r.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	// A context that can end would start a goroutine per statement.
	result, err := r.stmt.ExecContext(context.Background(), r.args)
	clear(r.args) // a body is not kept until the next
	return result, err
}
