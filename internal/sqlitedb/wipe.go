package sqlitedb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// Deleted content is overwritten (secure_delete), and still a copy of it can be left:
// in the WAL until that is emptied, and, once in some hundred rows, between the cells
// of a page that was put together anew while the row stood on it. Holds finds the
// latter, Vacuum leaves nothing of it.

// scanBytes is how much of a file Holds looks at at once.
const scanBytes = 1 << 20

// Holds reports whether the database's file has any of some byte strings, in a row or
// in what is left of one: after a whole Checkpoint that is all there is.
func (db *DB) Holds(traces [][]byte) (bool, error) {
	longest := 1
	for _, t := range traces {
		longest = max(longest, len(t))
	}
	window := make([]byte, 0, scanBytes+longest)
	for at := int64(0); ; {
		n, err := db.files.db.ReadAt(window[len(window):len(window)+scanBytes], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("look for what was deleted: %w", storageError("read", err))
		}
		window, at = window[:len(window)+n], at+int64(n)
		for _, t := range traces {
			if bytes.Contains(window, t) {
				return true, nil
			}
		}
		if n < scanBytes {
			return false, nil
		}
		window = append(window[:0], window[len(window)-longest+1:]...)
	}
}

// Vacuum writes the whole database anew, and empties the WAL as Checkpoint does.
// Writers wait for it, readers do not. What it sorts aside are rows that stand.
func (db *DB) Vacuum(ctx context.Context) (whole bool, err error) {
	if err := db.vacuum(context.WithoutCancel(ctx)); err != nil {
		return false, err
	}
	return db.Checkpoint(ctx)
}

// vacuum goes through a connection of its own: the writer's statements are kept.
func (db *DB) vacuum(ctx context.Context) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.writable(); err != nil {
		return err
	}
	c, err := openConn(ctx, connector{dsn: dsn(db.path, "rw"), pragmas: db.writerPragmas(), check: db.Reader.checkIdentity})
	if err != nil {
		return db.Reader.failed(asStorage("open", err))
	}
	err = c.exec("PRAGMA temp_store = FILE") // the copy would else be in memory
	if err == nil {
		err = c.exec("VACUUM")
	}
	return db.Reader.failed(asStorage("vacuum", errors.Join(err, c.close())))
}
