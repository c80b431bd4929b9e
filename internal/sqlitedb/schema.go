package sqlitedb

import (
	"context"
	"fmt"
	"io/fs"
)

// HasSchema reports with an error when the database has not the schema that
// these migrations lead to: ErrOlderSchema or ErrNewerSchema. A reader cannot
// bring it up to date.
func (r *Reader) HasSchema(ctx context.Context, migrations fs.FS) error {
	steps, err := readMigrations(migrations)
	if err != nil {
		return err
	}
	var version int
	err = r.View(ctx, func(tx *Tx) error { return tx.QueryRow("PRAGMA user_version").Scan(&version) })
	switch {
	case err != nil:
		return fmt.Errorf("read schema version: %w", err)
	case version < len(steps):
		return fmt.Errorf("schema %d of %d: %w", version, len(steps), ErrOlderSchema)
	case version > len(steps):
		return fmt.Errorf("schema %d, this program knows up to %d: %w", version, len(steps), ErrNewerSchema)
	}
	return nil
}
