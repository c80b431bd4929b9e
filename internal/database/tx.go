package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Session is a connection inside a transaction, as an engine gives it. One
// goroutine at a time uses it.
type Session interface {
	Exec(query string, args []any) (sql.Result, error)
	Query(query string, args []any) (Cursor, error)
	// Judge gives an error its kind, an ErrStorage where it is one, and reports
	// whether the transaction is over with it.
	Judge(op string, err error) (judged error, over bool)
}

// Cursor gives the rows of one query of a Session. A closed one is not used
// again, and its query may be.
type Cursor interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Tx is a running transaction, valid until the function it was given to
// returns, in one goroutine. Statements are prepared once per query text, so
// texts are constants with placeholders, one statement each.
//
// Cancelling a context does not stop a statement in the middle (that would
// leave a half-open transaction); it ends a scan between rows and prevents the
// commit.
type Tx struct {
	caller   context.Context // whose end stops scans and prevents the commit
	session  Session
	readOnly bool
	open     []*Rows
	ahead    Ahead // that was sent something and not settled; nil is none
	after    []func()
	err      error // once set, the transaction is over and every call gives it
}

var errTxDone = errors.New("transaction has ended")

// Ending is an engine's side of a transaction.
type Ending struct{ tx *Tx }

// Begin is for engines: it gives the transaction of a session that has begun
// one.
func Begin(caller context.Context, session Session, readOnly bool) (*Tx, Ending) {
	tx := &Tx{caller: caller, session: session, readOnly: readOnly}
	return tx, Ending{tx}
}

// Close closes what was left open, lets no late use through, and returns the
// error that ended the transaction before, if one did. It may be called twice.
func (e Ending) Close() error {
	tx := e.tx
	for len(tx.open) > 0 {
		tx.open[0].Close() // nobody is left to tell, and nothing was written through it
	}
	err := cmp.Or(tx.Settle(), tx.err)
	tx.err = errTxDone
	if err == errTxDone {
		return nil
	}
	return err
}

// Committed does what was to wait for the commit.
func (e Ending) Committed() {
	for _, do := range e.tx.after {
		do()
	}
}

// AfterCommit has something done once the transaction is kept, and never where
// it is not: a run that comes to nothing tells nobody. Nobody is told either
// where the commit's outcome is not known.
func (tx *Tx) AfterCommit(do func()) { tx.after = append(tx.after, do) }

// Exec runs a statement that gives no rows.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	return tx.execute(func() (sql.Result, error) { return tx.session.Exec(query, args) })
}

func (tx *Tx) execute(run func() (sql.Result, error)) (sql.Result, error) {
	if err := cmp.Or(tx.mayExec(), tx.Settle()); err != nil {
		return nil, err
	}
	result, err := run()
	return result, tx.note("exec", err)
}

func (tx *Tx) mayExec() error {
	if tx.readOnly {
		return errors.New("exec in a read transaction")
	}
	return tx.err
}

// Query runs a statement and gives its rows. Read them into a slice and close
// them; those left open are closed when the transaction ends. An engine may
// have read all of them before it returns: bound what may be many by LIMIT.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	return tx.ask(func() (Cursor, error) { return tx.session.Query(query, args) })
}

func (tx *Tx) ask(run func() (Cursor, error)) (*Rows, error) {
	if err := cmp.Or(tx.err, tx.Settle()); err != nil {
		return nil, err
	}
	cursor, err := run()
	if err != nil {
		return nil, tx.note("query", err)
	}
	r := &Rows{tx: tx, cursor: cursor}
	tx.open = append(tx.open, r)
	return r, nil
}

// QueryRow runs a statement of which at most the first row is wanted; its Scan
// gives sql.ErrNoRows if there is none.
func (tx *Tx) QueryRow(query string, args ...any) *Row {
	rows, err := tx.Query(query, args...)
	return &Row{rows: rows, err: err}
}

// note looks at every error of the transaction: after one that ended it a
// further statement would run outside of any transaction.
func (tx *Tx) note(op string, err error) error {
	if err == nil {
		return nil
	}
	err, over := tx.session.Judge(op, err)
	if over {
		tx.err = fmt.Errorf("transaction ended by an error: %w", err)
	}
	return err
}

// Rows are the rows of one query, read once.
type Rows struct {
	tx     *Tx
	cursor Cursor // nil once closed
	err    error
}

// Next moves to the next row; false at the end, on an error and once the
// caller's context has ended: Err tells which.
func (r *Rows) Next() bool {
	if err := r.tx.caller.Err(); err != nil && r.err == nil {
		r.err = err
	}
	if r.err == nil && r.cursor != nil && r.cursor.Next() {
		return true
	}
	r.Close() // its error is in Err
	return false
}

// Scan copies the row's columns.
func (r *Rows) Scan(dest ...any) error { return r.tx.note("scan", r.cursor.Scan(dest...)) }

// Err gives the error that ended Next early, or nil.
func (r *Rows) Err() error { return r.err }

// Close ends the reading early and gives what Err gives. It may be called twice.
func (r *Rows) Close() error {
	if r.cursor == nil {
		return r.err
	}
	err := errors.Join(r.cursor.Err(), r.cursor.Close())
	r.cursor = nil
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
