// Package database is what a transaction is to whoever runs SQL in one,
// whichever engine keeps the data: internal/sqlitedb or internal/postgres. It
// knows no engine; what both promise is tested by one suite over the two
// (package databasetest).
//
// The SQL is the same text for both, and so is what it may say: each $n once
// and in order, or bound to one column; booleans are integers; ids, dates and
// times come from the program.
package database

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrStorage is what errors.Is finds in every error after which the
	// database's state is not known: of a disk, a file, a server that is not
	// there or went away, or that gave up for others' sake. Nothing of the
	// transaction may be told, yet it may be durable.
	ErrStorage = errors.New("storage failed")
	// ErrNewerSchema says that a later release wrote this database.
	ErrNewerSchema = errors.New("database was written by a newer loyaltyd: " +
		"install that release again, or restore a backup made before the upgrade")
	// ErrOlderSchema says that an earlier release wrote this database, and it is
	// open for reading only.
	ErrOlderSchema = errors.New("database was written by an older loyaltyd: " +
		"the daemon of this one brings it up to date when it starts")
	// ErrForeign says that the database belongs to another program or is another
	// kind of database of ours.
	ErrForeign = errors.New("not the database expected here: check where it points; nothing in it was changed")
	// ErrClosed says that the database was closed.
	ErrClosed = errors.New("database is closed")
)

// Reader is an open database that is only read.
type Reader interface {
	// View runs fn in a read transaction: all its queries see one state of the
	// database. Errors of fn come back unchanged. fn must not call View.
	View(ctx context.Context, fn func(*Tx) error) error
	// Close waits for the running transactions. It may be called twice.
	Close() error
}

// DB is an open database. Its methods may be called from any goroutine.
type DB interface {
	Reader
	// Update runs fn in a transaction that sees and changes the database as if
	// it were alone, and returns nil only when what it wrote is kept. Make ids
	// before calling it: after an ErrStorage the transaction may be durable all
	// the same.
	//
	// An error of fn rolls everything back and comes back unchanged; a panic
	// rolls back and goes on. A context that ended before the commit leaves
	// nothing behind. Where others change the same rows fn runs again from the
	// start, so that what it leaves outside of the database must be set anew by
	// each run. fn must not call Update.
	Update(ctx context.Context, fn func(*Tx) error) error
	// Apart says that keys live apart, each on a machine of its own: a transaction
	// is to touch one key, and one commit is not to be shared by several.
	Apart() bool
	// Reopen is for after an ErrStorage: what comes next is judged by what is
	// kept. It may be called again where it fails.
	Reopen(ctx context.Context) error
}

// SchemaError gives the error of a database whose schema has another number
// than this program's.
func SchemaError(have, known int) error {
	switch {
	case have < known:
		return fmt.Errorf("schema %d of %d: %w", have, known, ErrOlderSchema)
	case have > known:
		return fmt.Errorf("schema %d, this program knows up to %d: %w", have, known, ErrNewerSchema)
	}
	return nil
}
