package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Tx is a running transaction, valid until the function it was given to
// returns, in one goroutine. Statements are prepared once per query text, so
// texts are constants with placeholders, one statement each.
//
// Cancelling a context does not stop a statement in the middle (that would
// leave a half-open transaction); it ends a scan between rows and prevents the
// commit.
type Tx struct {
	caller   context.Context // whose end stops scans and prevents the commit
	ctx      context.Context // the same without its end, for statements
	conn     *conn
	readOnly bool
	open     []*Rows
	err      error // once set, the transaction is over and every call gives it
}

var errTxDone = errors.New("transaction has ended")

func newTx(ctx context.Context, c *conn, readOnly bool) *Tx {
	return &Tx{caller: ctx, ctx: context.WithoutCancel(ctx), conn: c, readOnly: readOnly}
}

// Exec runs a statement that gives no rows.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	if tx.readOnly {
		return nil, errors.New("exec in a read transaction")
	}
	if tx.err != nil {
		return nil, tx.err
	}
	s, kept, err := tx.conn.prepared(tx.ctx, query)
	if err != nil {
		return nil, tx.note("prepare", err)
	}
	if !kept {
		defer s.Close()
	}
	result, err := s.ExecContext(tx.ctx, args...)
	return result, tx.note("exec", err)
}

// Query runs a statement and gives its rows. Read them into a slice and close
// them; those left open are closed when the transaction ends.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	if tx.err != nil {
		return nil, tx.err
	}
	s, kept, err := tx.conn.prepared(tx.ctx, query)
	if err != nil {
		return nil, tx.note("prepare", err)
	}
	rows, err := s.QueryContext(tx.ctx, args...)
	if err != nil {
		if !kept {
			s.Close() // the query's error is the one to tell
		}
		return nil, tx.note("query", err)
	}
	s.busy = true
	r := &Rows{tx: tx, rows: rows, stmt: s, kept: kept}
	tx.open = append(tx.open, r)
	return r, nil
}

// QueryRow runs a statement of which at most the first row is wanted; its Scan
// gives sql.ErrNoRows if there is none.
func (tx *Tx) QueryRow(query string, args ...any) *Row {
	rows, err := tx.Query(query, args...)
	return &Row{rows: rows, err: err}
}

// note looks at every error of the transaction: after one that ended it, in
// SQLite or on disk, a further statement would run outside of any transaction.
func (tx *Tx) note(op string, err error) error {
	if err == nil {
		return nil
	}
	if !tx.readOnly || !isReadOnly(err) {
		err = asStorage(op, err)
	}
	if errors.Is(err, ErrStorage) || !tx.conn.inTransaction() {
		tx.err = fmt.Errorf("transaction ended by an error: %w", err)
	}
	return err
}

// finish closes what was left open and lets no late use through.
func (tx *Tx) finish() {
	for len(tx.open) > 0 {
		tx.open[0].Close() // nobody is left to tell, and nothing was written through it
	}
	tx.err = errTxDone
}

// Rows are the rows of one query, read once.
type Rows struct {
	tx   *Tx
	rows *sql.Rows
	stmt *stmt
	kept bool
	err  error
}

// Next moves to the next row; false at the end, on an error and once the
// caller's context has ended: Err tells which.
func (r *Rows) Next() bool {
	if err := r.tx.caller.Err(); err != nil && r.err == nil {
		r.err = err
	}
	if r.err == nil && r.rows.Next() {
		return true
	}
	r.Close() // its error is in Err
	return false
}

// Scan copies the row's columns.
func (r *Rows) Scan(dest ...any) error { return r.tx.note("scan", r.rows.Scan(dest...)) }

// Err gives the error that ended Next early, or nil.
func (r *Rows) Err() error { return r.err }

// Close ends the reading early and gives what Err gives. It may be called twice.
func (r *Rows) Close() error {
	if r.stmt == nil {
		return r.err
	}
	err := errors.Join(r.rows.Err(), r.rows.Close())
	if !r.kept {
		err = errors.Join(err, r.stmt.Close())
	}
	r.stmt.busy, r.stmt = false, nil
	r.tx.open = slices.DeleteFunc(r.tx.open, func(o *Rows) bool { return o == r })
	if r.err == nil {
		r.err = r.tx.note("query", err)
	}
	return r.err
}

// Row is the result of QueryRow.
type Row struct {
	rows *Rows
	err  error
}

// Scan copies the first row's columns, or gives sql.ErrNoRows.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close() // after Scan nothing of it can matter: one row was asked for
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return r.rows.Scan(dest...)
}
