package sqlitedb

import (
	"context"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// Update runs fn in the one write transaction and returns nil only when what
// it wrote is on disk past fsync. Make ids before calling it: after an
// ErrStorage the transaction may be durable all the same.
//
// An error of fn rolls everything back and comes back unchanged; a panic rolls
// back and goes on. A context that ended before the commit leaves nothing
// behind. After a storage error Update refuses (ErrBroken) until Reopen
// succeeded. fn must not call Update.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.writable(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := db.writer.exec("BEGIN IMMEDIATE"); err != nil {
		return db.failed("begin", err)
	}
	tx, end := begin(ctx, db.writer, false)
	committed := false
	defer func() {
		if !committed {
			end.Close() // fn may have panicked
			db.rollback()
		}
	}()

	err := fn(tx)
	ended := end.Close()
	if se, ok := errors.AsType[*StorageError](ended); ok {
		db.markBroken(se)
	}
	if err != nil {
		return err
	}
	if ended != nil { // fn looked away from an error that ended the transaction
		return ended
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if err := db.commit(); err != nil {
		return err
	}
	committed = true
	end.Committed()
	return nil
}

func (db *DB) writable() error {
	if db.closed {
		return ErrClosed
	}
	return db.Broken()
}

// commit ends the transaction. That the files are still the ones behind their
// paths is asked each time: a deleted database goes on accepting commits that
// nobody will ever find.
func (db *DB) commit() error {
	if err := db.files.inPlace(); err != nil {
		return db.markBroken(storageError("commit", err))
	}
	err := db.writer.exec("COMMIT")
	if err == nil {
		return nil
	}
	// A deferred constraint is the one refusal of COMMIT that is no doubt
	// about the disk.
	if IsConstraint(err) {
		return fmt.Errorf("commit: %w", err)
	}
	return db.markBroken(storageError("commit", err))
}

// rollback undoes what SQLite has not undone itself.
func (db *DB) rollback() {
	if !db.writer.inTransaction() {
		return
	}
	if err := db.writer.exec("ROLLBACK"); err != nil {
		db.markBroken(storageError("rollback", err))
	}
}

// failed gives err with what was being done, and remembers a storage error.
func (db *DB) failed(op string, err error) error {
	if se, ok := errors.AsType[*StorageError](asStorage(op, err)); ok {
		return db.markBroken(se)
	}
	return fmt.Errorf("%s: %w", op, err)
}

func isReadOnly(err error) bool { return hasCode(err, sqlite3.ErrReadonly) }
