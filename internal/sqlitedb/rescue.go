package sqlitedb

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/folder"
)

// Sound says whether what stands on disk is still what is open: nil, an
// ErrDamaged once SQLite has found bytes that it did not write, or an error
// that says which file was deleted, moved or replaced. None of them passes by
// itself.
func (db *DB) Sound() error {
	if db.damaged.Load() {
		return ErrDamaged
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return ErrClosed
	}
	return db.files.inPlace()
}

// Rescue copies a database that was deleted, moved or replaced under its open
// handles to another path, its WAL beside it: all that was committed is there.
// The copy is past fsync when it returns.
func (db *DB) Rescue(to string) error {
	db.mu.Lock() // nobody writes or checkpoints meanwhile
	defer db.mu.Unlock()
	if db.closed {
		return ErrClosed
	}
	if db.files.wal != nil {
		if err := copyOut(db.files.wal, to+"-wal"); err != nil {
			return fmt.Errorf("rescue wal: %w", err)
		}
	}
	part := to + ".part"
	if err := errors.Join(copyOut(db.files.db, part), os.Rename(part, to)); err != nil {
		return fmt.Errorf("rescue database: %w", err)
	}
	return folder.Sync(filepath.Dir(to))
}

func copyOut(from *os.File, to string) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.NewSectionReader(from, 0, info.Size()))
	return errors.Join(err, f.Sync(), f.Close())
}
