package sqlitedb

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// What every engine says has one name in package database.
var (
	ErrStorage     = database.ErrStorage
	ErrNewerSchema = database.ErrNewerSchema
	ErrOlderSchema = database.ErrOlderSchema
	ErrForeign     = database.ErrForeign
	ErrClosed      = database.ErrClosed
)

var (
	// ErrDamaged says that the bytes of the database are not what SQLite wrote:
	// it will not get well by itself. It is always an ErrStorage too.
	ErrDamaged = errors.New("database is damaged")
	// ErrBroken says that an earlier storage error has not been followed by a
	// successful Reopen; it is always an ErrStorage too.
	ErrBroken = errors.New("database is broken until it is reopened")
)

// StorageError is an error after which the state on disk is not known: of the
// disk, the file or the database image. A failed COMMIT is one, and may have
// become durable nevertheless.
type StorageError struct {
	Op  string // what was being done: "begin", "commit", "exec", …
	Err error
}

func (e *StorageError) Error() string { return fmt.Sprintf("database %s: %v", e.Op, e.Err) }

// Unwrap gives the cause.
func (e *StorageError) Unwrap() error { return e.Err }

// Is makes every StorageError an ErrStorage, and those about the bytes
// themselves an ErrDamaged.
func (e *StorageError) Is(target error) bool {
	return target == ErrStorage || target == ErrDamaged && hasCode(e.Err, sqlite3.ErrCorrupt, sqlite3.ErrNotADB)
}

// hasCode reports whether SQLite answered one of these codes.
func hasCode(err error, codes ...sqlite3.ErrNo) bool {
	var se sqlite3.Error
	return errors.As(err, &se) && slices.Contains(codes, se.Code)
}

// IsConstraint reports whether a statement was refused by a constraint of the
// schema; the transaction goes on.
func IsConstraint(err error) bool { return hasCode(err, sqlite3.ErrConstraint) }

// storageError wraps err once: an error that is one already stays as it is.
func storageError(op string, err error) *StorageError {
	if se, ok := errors.AsType[*StorageError](err); ok {
		return se
	}
	return &StorageError{Op: op, Err: err}
}

// asStorage gives err back, as a *StorageError if SQLite's code says that disk,
// file or image failed rather than the statement.
func asStorage(op string, err error) error {
	if hasCode(err, sqlite3.ErrIoErr, sqlite3.ErrFull, sqlite3.ErrCorrupt, sqlite3.ErrNotADB,
		sqlite3.ErrReadonly, sqlite3.ErrCantOpen) {
		return storageError(op, err)
	}
	return err
}

func foreign(have int64, want int32) error {
	return fmt.Errorf("application id 0x%08x, expected 0x%08x: %w", have, want, ErrForeign)
}
