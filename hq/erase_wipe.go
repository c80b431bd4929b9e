package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// wipe sees to it that nothing of what was erased is left in the database's files, and
// keeps the log of erasures beside them. On PostgreSQL the files are its keeper's.
func (h *Headquarters) wipe(ctx context.Context) (int, error) {
	due, err := h.unwiped(ctx)
	if err != nil || !due {
		return 0, err
	}
	if err := h.keepLog(ctx); err != nil {
		return 0, err
	}
	if files, ok := h.db.(*sqlitedb.DB); ok {
		whole, err := wipeFiles(ctx, files, h.traces, h.unsure)
		if err != nil || !whole {
			return 0, err // somebody reads: it is tried again
		}
	}
	err = h.update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`UPDATE erasure SET entered = 2 WHERE entered = 1`)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("wipe: %w", err)
	}
	h.traces, h.unsure = nil, false
	return 1, nil
}

func (h *Headquarters) unwiped(ctx context.Context) (due bool, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		due, err = unwiped(tx)
		return err
	})
	return due, err
}

// unwiped reports whether something of who was erased may be left in the files.
func unwiped(tx *database.Tx) (due bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erasure WHERE entered < 2)`).Scan(&due)
	return due, err
}

// wipeFiles empties the WAL, and writes the database anew where traces are left in it,
// or where a restart forgot what to look for (unsure).
func wipeFiles(ctx context.Context, files *sqlitedb.DB, traces [][]byte, unsure bool) (whole bool, err error) {
	if whole, err = files.Checkpoint(ctx); err != nil || !whole {
		return false, err
	}
	if !unsure {
		if unsure, err = files.Holds(traces); err != nil || !unsure {
			return err == nil, err
		}
	}
	return files.Vacuum(ctx)
}
