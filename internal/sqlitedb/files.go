package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/folder"
)

// files are our own handles on the database and its WAL, to fsync them and to
// notice that others stand behind their paths.
//
// The handle on the database stays open from before SQLite opens it until
// after SQLite closed it: closing any handle drops the process's POSIX locks on
// a file, and another program could then delete the WAL in use.
type files struct {
	path string
	db   *os.File
	wal  *os.File // nil until reconcile has seen it
	// The files as they were opened, to compare with what the paths name.
	dbInfo, walInfo os.FileInfo
}

// openFiles creates the database with mode 0600 if it is missing, and makes its
// name durable then.
func openFiles(path string) (*files, error) {
	_, err := os.Lstat(path)
	created := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, storageError("open", err)
	}
	fl := &files{path: path, db: f}
	if err := fl.prepare(created); err != nil {
		fl.close()
		return nil, storageError("open", err)
	}
	return fl, nil
}

func (fl *files) prepare(created bool) error {
	info, err := fl.db.Stat()
	if err != nil {
		return err
	}
	fl.dbInfo = info
	if info.Mode().Perm()&0o077 != 0 { // restored or copied by hand
		if err := fl.db.Chmod(0o600); err != nil {
			return err
		}
	}
	if !created {
		return nil
	}
	return folder.Sync(filepath.Dir(fl.path))
}

// sync makes both files durable as the page cache has them.
func (fl *files) sync() error {
	if err := fl.takeWAL(); err != nil {
		return err
	}
	if fl.wal != nil {
		if err := fl.wal.Sync(); err != nil {
			return fmt.Errorf("fsync wal: %w", err)
		}
	}
	if err := fl.db.Sync(); err != nil {
		return fmt.Errorf("fsync database: %w", err)
	}
	return nil
}

// takeWAL takes hold of the WAL now in use; SQLite holds no lock on that file.
func (fl *files) takeWAL() error {
	if fl.wal != nil {
		fl.wal.Close() // read only
		fl.wal, fl.walInfo = nil, nil
	}
	wal, err := os.Open(fl.path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open wal: %w", err)
	}
	fl.wal = wal
	fl.walInfo, err = wal.Stat()
	return err
}

// inPlace says that database and WAL are no longer the files behind their
// paths, because somebody deleted, moved or replaced them.
func (fl *files) inPlace() error {
	if err := samePlace(fl.path, fl.dbInfo); err != nil {
		return err
	}
	if fl.walInfo == nil {
		return nil
	}
	return samePlace(fl.path+"-wal", fl.walInfo)
}

func samePlace(path string, opened os.FileInfo) error {
	now, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(now, opened) {
		return fmt.Errorf("%s was replaced while open: restart to open a new epoch", path)
	}
	return nil
}

func (fl *files) close() {
	fl.db.Close() // synced where it mattered
	if fl.wal != nil {
		fl.wal.Close()
	}
}

// reconcile makes everything SQLite can read durable, before anything is
// acknowledged: after one failed write the page cache may hold rows that the
// disk does not, and every check would still say that all is well. Neither the
// checkpoint nor the fsync is enough alone.
func reconcile(ctx context.Context, writer *conn, fl *files) error {
	var busy, frames, moved int
	err := writer.sql.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
	if err != nil {
		return storageError("checkpoint", err)
	}
	if busy != 0 {
		return storageError("checkpoint", errors.New("another process is reading: end it and try again"))
	}
	if err := fl.sync(); err != nil {
		return storageError("reconcile", err)
	}
	return nil
}
