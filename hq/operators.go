package hq

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Operators are who works at headquarters. They stand in the database, so that
// all processes that serve it know the same, and count wrong PINs together.

var _ staff.Shelf = (*Headquarters)(nil)

// operatorWait bounds what the database is waited for. A PIN that was keyed is
// judged and counted also where who asked is gone.
const operatorWait = 10 * time.Second

// Operators implements staff.Shelf.
func (h *Headquarters) Operators() (all []staff.Record, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), operatorWait)
	defer cancel()
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		all, err = readOperators(tx)
		return err
	})
	return all, err
}

// ChangeOperators implements staff.Shelf.
func (h *Headquarters) ChangeOperators(do func([]staff.Record) ([]staff.Record, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), operatorWait)
	defer cancel()
	return h.update(ctx, func(tx *database.Tx) error {
		before, err := readOperators(tx)
		if err != nil {
			return err
		}
		after, err := do(slices.Clone(before))
		if err != nil {
			return err
		}
		return writeOperators(tx, before, after)
	})
}

func readOperators(tx *database.Tx) (all []staff.Record, err error) {
	rows, err := tx.Query(`
		SELECT operator, name, role, pin_hash, failed, failed_at_ms
		FROM operator
		ORDER BY operator`)
	if err != nil {
		return nil, fmt.Errorf("read operators: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r staff.Record
		if err := rows.Scan(&r.ID, &r.Name, &r.Role, &r.PIN, &r.Failed, &r.At); err != nil {
			return nil, fmt.Errorf("read operators: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// writeOperators writes what differs.
func writeOperators(tx *database.Tx, before, after []staff.Record) error {
	for _, r := range before {
		if slices.ContainsFunc(after, func(o staff.Record) bool { return o.ID == r.ID }) {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM operator WHERE operator = $1`, r.ID); err != nil {
			return fmt.Errorf("remove operator: %w", err)
		}
	}
	for _, r := range after {
		if slices.Contains(before, r) {
			continue
		}
		_, err := tx.Exec(`
			INSERT INTO operator (operator, name, role, pin_hash, failed, failed_at_ms)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (operator) DO UPDATE
			SET name = excluded.name, role = excluded.role, pin_hash = excluded.pin_hash,
			    failed = excluded.failed, failed_at_ms = excluded.failed_at_ms`,
			r.ID, r.Name, r.Role, r.PIN, r.Failed, r.At)
		if err != nil {
			return fmt.Errorf("keep operator: %w", err)
		}
	}
	return nil
}
