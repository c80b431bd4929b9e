package sqlitedb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Tx is a running transaction.
type Tx = database.Tx

// session is a connection inside a transaction. Statements run without the
// end of the caller's context: it would roll back, and what follows would be
// outside of any transaction.
type session struct {
	ctx      context.Context
	conn     *conn
	readOnly bool
	ahead    *ahead // writes what was sent and not settled; nil is none
}

func begin(caller context.Context, c *conn, readOnly bool) (*Tx, database.Ending) {
	return database.Begin(caller, &session{ctx: context.WithoutCancel(caller), conn: c, readOnly: readOnly}, readOnly)
}

// Exec is part of database.Session.
func (s *session) Exec(query string, args []any) (sql.Result, error) { return s.conn.run(query, args) }

// Query is part of database.Session.
func (s *session) Query(query string, args []any) (database.Cursor, error) {
	p, kept, err := s.conn.prepared(s.ctx, query)
	if err != nil {
		return nil, s.asStorage("prepare", err)
	}
	rows, err := p.QueryContext(s.ctx, args...)
	if err != nil {
		if !kept {
			p.Close() // the query's error is the one to tell
		}
		return nil, err
	}
	p.busy = true
	return &cursor{Rows: rows, stmt: p, kept: kept}, nil
}

// Judge is part of database.Session.
func (s *session) Judge(op string, err error) (judged error, over bool) {
	err = s.asStorage(op, err)
	return err, errors.Is(err, ErrStorage) || !s.conn.inTransaction()
}

// asStorage minds that a statement which writes in a read transaction says
// nothing of the disk.
func (s *session) asStorage(op string, err error) error {
	if s.readOnly && isReadOnly(err) {
		return err
	}
	return asStorage(op, err)
}

// cursor holds its statement until it is closed.
type cursor struct {
	*sql.Rows
	stmt *stmt
	kept bool
}

// Close is part of database.Cursor.
func (c *cursor) Close() error {
	err := c.Rows.Close()
	if !c.kept {
		err = errors.Join(err, c.stmt.Close())
	}
	c.stmt.busy = false
	return err
}
