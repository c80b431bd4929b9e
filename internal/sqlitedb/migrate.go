package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// migrate applies what the database does not have yet, one transaction each.
func migrate(ctx context.Context, c *conn, steps []database.Migration, applicationID int32) error {
	var have int
	if err := c.sql.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return asStorage("read schema version", err)
	}
	for i, step := range steps {
		if i < have {
			continue
		}
		if err := apply(ctx, c, step, i+1, applicationID); err != nil {
			return asStorage("migrate", fmt.Errorf("migration %s: %w", step.Name, err))
		}
	}
	return nil
}

func apply(ctx context.Context, c *conn, step database.Migration, version int, applicationID int32) error {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	// PRAGMA takes no placeholders; both numbers are ours.
	mark := "PRAGMA application_id = " + strconv.Itoa(int(applicationID)) +
		"; PRAGMA user_version = " + strconv.Itoa(version)
	for _, text := range []string{step.Text, mark} {
		if _, err := c.sql.ExecContext(ctx, text); err != nil {
			return errors.Join(err, c.abandon())
		}
	}
	if err := c.exec("COMMIT"); err != nil {
		return errors.Join(err, c.abandon())
	}
	return nil
}

// abandon rolls back unless SQLite already has.
func (c *conn) abandon() error {
	if !c.inTransaction() {
		return nil
	}
	return c.exec("ROLLBACK")
}
