package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Make makes a new database with all that a function writes, and closes it: durable, of
// mode 0600, as Open takes it, with nothing beside it. It is written once and without a
// journal, so of one that is cut short, by an error or a crash, nothing can be read: make
// it under a name of its own, delete what stands there before and after an error, and
// rename it once it is whole.
//
// The function is called in one transaction after another for as long as it says that
// there is more. Each is synced, so that whoever syncs another file meanwhile does not
// wait for all of this one. Of opts, ReadPool, CheckpointPages and CacheKiB mean nothing here.
func Make(ctx context.Context, opts Options, fill func(*Tx) (more bool, err error)) error {
	db, err := prepare(opts, nil)
	if err != nil {
		return err
	}
	defer db.files.close()
	if err := db.make(ctx, fill); err != nil {
		return fmt.Errorf("make database %q: %w", db.opts.Path, err)
	}
	return nil
}

func (db *DB) make(ctx context.Context, fill func(*Tx) (bool, error)) error {
	writer, err := openConn(ctx, connector{dsn: dsn(db.opts.Path, "rw"), pragmas: db.makerPragmas(), check: db.checkIdentity})
	if err != nil {
		return asStorage("open", err)
	}
	err = migrate(ctx, writer, db.migrations, db.opts.ApplicationID)
	for more := true; more && err == nil; {
		more, err = fillOnce(ctx, writer, fill)
	}
	if err == nil {
		err = useWAL(ctx, writer)
	}
	if err := errors.Join(err, asStorage("close", writer.close())); err != nil {
		return err
	}
	if _, err := os.Stat(db.opts.Path + "-wal"); err == nil {
		return errors.New("its WAL stayed")
	}
	return asStorage("sync", db.files.db.Sync())
}

// makerPragmas are the writer's without a journal.
func (db *DB) makerPragmas() []pragma {
	changed := slices.Clone(db.writerPragmas())
	i := slices.IndexFunc(changed, func(p pragma) bool { return p.name == "journal_mode" })
	changed[i].set, changed[i].want = "PRAGMA journal_mode = OFF", "off"
	return changed
}

// fillOnce runs one transaction. One that fails is not rolled back: that takes a journal.
func fillOnce(ctx context.Context, writer *conn, fill func(*Tx) (bool, error)) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("begin: %w", err)
	}
	if err := writer.exec("BEGIN IMMEDIATE"); err != nil {
		return false, asStorage("begin", err)
	}
	tx, end := begin(ctx, writer, false)
	more, err = fill(tx)
	if err := errors.Join(err, end.Close()); err != nil {
		return false, err
	}
	if err := writer.exec("COMMIT"); err != nil {
		return false, asStorage("commit", err)
	}
	end.Committed()
	return more, nil
}

// useWAL marks the file as what every database of ours is.
func useWAL(ctx context.Context, writer *conn) error {
	var mode string
	if err := writer.sql.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return asStorage("use a WAL", err)
	}
	if mode != "wal" {
		return fmt.Errorf("use a WAL: the journal is %q", mode)
	}
	return nil
}
