package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// migration is one step of a schema; its place in the list, from 1, is the
// user_version it leads to.
type migration struct {
	name string
	text string
}

// readMigrations reads NNNN_what.sql in order and refuses gaps.
func readMigrations(fsys fs.FS) ([]migration, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("read migrations: none found")
	}
	steps := make([]migration, 0, len(names))
	for i, name := range names { // Glob sorts
		if want := fmt.Sprintf("%04d_", i+1); len(name) < 10 || name[:5] != want {
			return nil, fmt.Errorf("read migrations: %q stands where %swhat.sql belongs", name, want)
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		steps = append(steps, migration{name, string(text)})
	}
	return steps, nil
}

// migrate applies what the database does not have yet, one transaction each.
func migrate(ctx context.Context, c *conn, steps []migration, applicationID int32) error {
	var have int
	if err := c.sql.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return asStorage("read schema version", err)
	}
	for i, step := range steps {
		if i < have {
			continue
		}
		if err := apply(ctx, c, step, i+1, applicationID); err != nil {
			return asStorage("migrate", fmt.Errorf("migration %s: %w", step.name, err))
		}
	}
	return nil
}

func apply(ctx context.Context, c *conn, step migration, version int, applicationID int32) error {
	if err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	// PRAGMA takes no placeholders; both numbers are ours.
	mark := "PRAGMA application_id = " + strconv.Itoa(int(applicationID)) +
		"; PRAGMA user_version = " + strconv.Itoa(version)
	for _, text := range []string{step.text, mark} {
		if _, err := c.sql.ExecContext(ctx, text); err != nil {
			return errors.Join(err, c.abandon(ctx))
		}
	}
	if err := c.exec(ctx, "COMMIT"); err != nil {
		return errors.Join(err, c.abandon(ctx))
	}
	return nil
}

// abandon rolls back unless SQLite already has.
func (c *conn) abandon(ctx context.Context) error {
	if !c.inTransaction() {
		return nil
	}
	return c.exec(ctx, "ROLLBACK")
}
