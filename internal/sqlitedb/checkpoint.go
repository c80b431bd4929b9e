package sqlitedb

import (
	"context"
	"errors"
	"fmt"
)

// checkpointWait is how long a checkpoint's last step waits for readers.
// Writers wait with it.
const checkpointWait = "200"

// Checkpoint moves what is in the WAL into the database and empties the WAL.
// Writers go on while the bulk of it is moved. whole is false where a reader
// held on to an older state: nothing is lost by that, what the WAL has is
// durable there, and the next Checkpoint does the rest.
func (db *DB) Checkpoint(ctx context.Context) (whole bool, err error) {
	ctx = context.WithoutCancel(ctx) // a statement cut off would leave its connection in doubt
	if err := db.moveBulk(ctx); err != nil {
		return false, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.writable(); err != nil {
		return false, err
	}
	whole, err = truncate(ctx, db.writer)
	if err != nil {
		return false, db.markBroken(storageError("checkpoint", err))
	}
	return whole, nil
}

// moveBulk copies pages through a connection of its own: a passive checkpoint
// waits for nobody, and nobody for it.
func (db *DB) moveBulk(ctx context.Context) error {
	if err := db.Broken(); err != nil {
		return err
	}
	c, err := openConn(ctx, connector{dsn: dsn(db.path, "rw"), pragmas: writerPragmas, check: db.Reader.checkIdentity})
	if err != nil {
		return db.Reader.failed(asStorage("open", err))
	}
	_, _, err = checkpoint(ctx, c, "PRAGMA wal_checkpoint(PASSIVE)")
	return db.Reader.failed(asStorage("checkpoint", errors.Join(err, c.close())))
}

// truncate empties the WAL, unless a reader needs it longer than the wait.
func truncate(ctx context.Context, writer *conn) (whole bool, err error) {
	if err := writer.exec("PRAGMA busy_timeout = " + checkpointWait); err != nil {
		return false, err
	}
	busy, left, err := checkpoint(ctx, writer, "PRAGMA wal_checkpoint(TRUNCATE)")
	for _, p := range common {
		if p.name == "busy_timeout" {
			err = errors.Join(err, writer.exec(p.set))
		}
	}
	return !busy && left == 0, err
}

// checkpoint runs one and says whether somebody was in its way and how many
// frames were not moved.
func checkpoint(ctx context.Context, c *conn, statement string) (busy bool, left int, err error) {
	var frames, moved int
	if err := c.sql.QueryRowContext(ctx, statement).Scan(&busy, &frames, &moved); err != nil {
		return false, 0, fmt.Errorf("checkpoint: %w", err)
	}
	return busy, frames - moved, nil
}
