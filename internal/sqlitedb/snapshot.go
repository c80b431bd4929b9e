package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Snapshot writes one state of the database into a new file of mode 0600,
// while others write it (VACUUM INTO): whole, without free pages, with nothing
// beside it. Copying the files of a database in use gives none of that. An
// error leaves no file.
//
// It goes through a connection of SQLite's own. The program that writes a
// database must never open and close its file by other means: that would drop
// the process's locks on it.
func (r *Reader) Snapshot(ctx context.Context, to string) (err error) {
	path, err := filepath.Abs(to)
	if err != nil {
		return fmt.Errorf("snapshot into %q: %w", to, err)
	}
	// VACUUM INTO takes an empty file as it takes none, and keeps its mode.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	f.Close() // nothing was written
	defer func() {
		if err != nil {
			os.Remove(path)
		}
	}()
	if err := r.vacuumInto(ctx, path); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("snapshot into %q: %w", path, err)
	}
	return intoWAL(ctx, path)
}

// vacuumInto has a connection of its own: query_only, which the pool's have,
// forbids VACUUM INTO as well, and the copy may take long. mode=ro stays.
func (r *Reader) vacuumInto(ctx context.Context, path string) error {
	if err := r.mayConnect(); err != nil {
		return err
	}
	c, err := openConn(context.WithoutCancel(ctx), connector{
		dsn: dsn(r.path, "ro"), pragmas: common, check: r.checkIdentity,
	})
	if err != nil {
		return r.failed(asStorage("open", err))
	}
	_, err = c.sql.ExecContext(ctx, "VACUUM INTO ?", path)
	return errors.Join(asStorage("copy", err), c.close())
}

// intoWAL marks a snapshot as what every database of ours is: VACUUM INTO
// leaves the old kind of journal.
func intoWAL(ctx context.Context, path string) error {
	c, err := openConn(ctx, connector{
		dsn: dsn(path, "rw"), pragmas: writerPragmas, check: func(rawConn) error { return nil },
	})
	if err != nil {
		return fmt.Errorf("open snapshot: %w", err)
	}
	if err := c.close(); err != nil {
		return fmt.Errorf("close snapshot: %w", err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return errors.New("close snapshot: its WAL stayed")
	}
	return nil
}
