package sqlitedb

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// HasSchema reports with an error when the database has not the schema that
// these migrations lead to: ErrOlderSchema or ErrNewerSchema. A reader cannot
// bring it up to date.
func (r *Reader) HasSchema(ctx context.Context, migrations fs.FS) error {
	steps, err := database.ReadMigrations(migrations)
	if err != nil {
		return err
	}
	var version int
	err = r.View(ctx, func(tx *Tx) error { return tx.QueryRow("PRAGMA user_version").Scan(&version) })
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	return database.SchemaError(version, len(steps))
}
