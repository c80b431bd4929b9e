package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// statementLimit bounds one statement: a server that stopped answering holds up
// nobody for ever.
const statementLimit = 5 * time.Minute

// session is a connection inside a transaction. Statements run without the end
// of the caller's context: it would cost the connection.
type session struct {
	ctx      context.Context
	conn     *pgx.Conn
	readOnly bool
	// again says that the transaction is run again where a key was taken.
	again bool
}

func (db *DB) within(caller context.Context, s session) (*database.Tx, database.Ending) {
	s.ctx = context.WithoutCancel(caller)
	if db.apart {
		return database.Begin(caller, &s, s.readOnly)
	}
	return database.Begin(caller, &listing{session: &s, lists: &db.lists}, s.readOnly)
}

// Exec is part of database.Session.
func (s *session) Exec(query string, args []any) (sql.Result, error) {
	values, err := plain(args)
	if err != nil {
		return nil, err
	}
	return s.exec(query, values)
}

func (s *session) exec(query string, values []any) (sql.Result, error) {
	ctx, cancel := context.WithTimeout(s.ctx, statementLimit)
	defer cancel()
	tag, err := s.conn.Exec(ctx, query, values...)
	return driver.RowsAffected(tag.RowsAffected()), err
}

// ExecEach is part of database.Sender.
func (s *session) ExecEach(query string, rows [][]any) (err error) {
	all := &pgx.Batch{}
	for _, args := range rows {
		values, err := plain(args)
		if err != nil {
			return err
		}
		all.Queue(query, values...)
	}
	ctx, cancel := context.WithTimeout(s.ctx, statementLimit)
	defer cancel()
	results := s.conn.SendBatch(ctx, all)
	for range rows {
		if _, err = results.Exec(); err != nil {
			break
		}
	}
	return cmp.Or(err, results.Close())
}

// Query is part of database.Session. It reads all rows before it returns: a
// connection runs one statement at a time, and callers ask for more while they
// look at what they have.
func (s *session) Query(query string, args []any) (database.Cursor, error) {
	values, err := plain(args)
	if err != nil {
		return nil, err
	}
	return s.query(query, values)
}

func (s *session) query(query string, values []any) (database.Cursor, error) {
	ctx, cancel := context.WithTimeout(s.ctx, statementLimit)
	defer cancel()
	rows, err := s.conn.Query(ctx, query, values...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	c := &cursor{}
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return nil, err
		}
		c.rows = append(c.rows, row)
	}
	return c, rows.Err()
}

// Judge is part of database.Session. An error of a statement leaves the
// transaction to whoever set a savepoint before it; where nobody did, each
// further statement fails.
func (s *session) Judge(op string, err error) (judged error, over bool) {
	switch c := code(err); {
	case c == "" && !s.conn.IsClosed():
		return err, false // of an argument, or a column that does not fit its destination
	case c == readOnlyTransaction && s.readOnly:
		return err, false // the statement's fault, not the server's
	case c == uniqueViolation && s.again:
		return &StorageError{Op: op, Err: err}, true
	}
	err = asStorage(op, err)
	return err, errors.Is(err, database.ErrStorage) || s.conn.IsClosed()
}

// plain turns arguments into what a column's type takes: a boolean is an
// integer in our tables.
func plain(args []any) ([]any, error) {
	values := make([]any, len(args))
	for i, arg := range args {
		value, err := plainOne(arg)
		if err != nil {
			return nil, fmt.Errorf("argument $%d: %w", i+1, err)
		}
		values[i] = value
	}
	return values, nil
}

func plainOne(arg any) (any, error) {
	value, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if yes, is := value.(bool); is {
		value = int64(0)
		if yes {
			value = int64(1)
		}
	}
	return value, err
}

// cursor has the rows of a query.
type cursor struct {
	rows [][]any
	row  []any
}

// Next is part of database.Cursor.
func (c *cursor) Next() bool {
	if len(c.rows) == 0 {
		return false
	}
	c.row, c.rows = c.rows[0], c.rows[1:]
	return true
}

// Scan is part of database.Cursor.
func (c *cursor) Scan(dest ...any) error {
	if len(dest) != len(c.row) {
		return fmt.Errorf("%d destinations for %d columns", len(dest), len(c.row))
	}
	for i := range dest {
		if err := assign(dest[i], c.row[i]); err != nil {
			return fmt.Errorf("scan column %d: %w", i+1, err)
		}
	}
	return nil
}

// Err is part of database.Cursor.
func (c *cursor) Err() error { return nil }

// Close is part of database.Cursor.
func (c *cursor) Close() error { return nil }
