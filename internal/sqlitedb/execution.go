package sqlitedb

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// fewArgs is up to how many arguments are bound one by one. The driver gives more of
// them to SQLite together, and copies none twice, but only where it is asked for rows;
// it does not say then how many a statement changed.
const fewArgs = 16

// execution is a prepared statement that gives no rows, straight on the driver:
// database/sql would look at each of some thousand arguments once more. One goroutine
// at a time uses its connection.
type execution struct {
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue
}

// run runs a statement and says how many rows it changed.
func (c *conn) run(query string, args []any) (changed driver.RowsAffected, err error) {
	err = c.sql.Raw(func(driverConn any) error {
		e, err := c.preparedExecution(driverConn.(rawConn), query)
		if err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
		if err := e.take(args); err != nil {
			return err
		}
		if len(args) > fewArgs {
			changed, err = e.together(c, driverConn.(rawConn))
			return err
		}
		result, err := e.stmt.ExecContext(context.Background(), e.args)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		changed = driver.RowsAffected(n)
		return err
	})
	return changed, err
}

func (c *conn) preparedExecution(raw rawConn, query string) (*execution, error) {
	if e := c.executions[query]; e != nil {
		return e, nil
	}
	if severalStatements(query) {
		return nil, fmt.Errorf("more than one statement in %q", query)
	}
	s, err := raw.Prepare(query)
	if err != nil {
		return nil, err
	}
	e := &execution{stmt: s.(*sqlite3.SQLiteStmt)}
	c.executions[query] = e
	return e, nil
}

// take turns arguments into what the driver knows, as database/sql does.
func (e *execution) take(args []any) error {
	if want := e.stmt.NumInput(); len(args) != want {
		return fmt.Errorf("%d arguments for a statement of %d", len(args), want)
	}
	e.args = e.args[:0]
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return fmt.Errorf("argument $%d: %w", i+1, err)
		}
		e.args = append(e.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return nil
}

// together runs the statement with all arguments bound at once: its first step is
// taken before there are rows to ask for.
func (e *execution) together(c *conn, raw rawConn) (driver.RowsAffected, error) {
	rows, err := e.stmt.QueryContext(context.Background(), e.args)
	clear(e.args) // what they pointed to need not stay
	if err != nil {
		return 0, err
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	l, err := c.preparedLookup(raw, "SELECT changes()")
	if err != nil {
		return 0, err
	}
	var changed int64
	err = l.run(nil, func(v *Values) error {
		changed = v.Int64(0)
		return ErrEnough
	})
	return driver.RowsAffected(changed), err
}
