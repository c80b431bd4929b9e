package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// traceAfter has the files searched for what a transaction erases, once it is committed.
func (h *Headquarters) traceAfter(tx *database.Tx, traces [][]byte) {
	tx.AfterCommit(func() { h.traces = append(h.traces, traces...) })
}

// wipe sees to it that nothing of what was erased is left in the database's files, and
// keeps the log of erasures beside them. On PostgreSQL the files are its keeper's. For an
// erasure that cannot be entered it does so once, and not in each round.
func (h *Headquarters) wipe(ctx context.Context) (int, error) {
	entered, left, err := h.countUnwiped(ctx)
	seenTo := left == h.leftWiped && len(h.traces) == 0 && !h.unsure
	if err != nil || entered == 0 && (left == 0 || seenTo) {
		return 0, err
	}
	if err := h.keepLog(ctx); err != nil {
		return 0, err
	}
	if files, ok := h.db.(*sqlitedb.DB); ok {
		whole, err := erasure.WipeFiles(ctx, files, h.traces, h.unsure)
		if err != nil || !whole {
			return 0, err // somebody reads: it is tried again
		}
	}
	wiped := 0
	err = h.update(ctx, func(tx *database.Tx) (err error) {
		wiped, err = erasure.NoteWiped(tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("wipe: %w", err)
	}
	h.traces, h.unsure, h.leftWiped = nil, false, left
	return wiped, nil
}

func (h *Headquarters) unwiped(ctx context.Context) (due bool, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		due, err = erasure.Unwiped(tx)
		return err
	})
	return due, err
}

func (h *Headquarters) countUnwiped(ctx context.Context) (entered, left int, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		entered, left, err = erasure.CountUnwiped(tx)
		return err
	})
	return entered, left, err
}

// keepLog writes the log as the database has it now. What it has beyond that was told
// to the database when that was opened.
func (h *Headquarters) keepLog(ctx context.Context) error {
	var log erasure.Log
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		log, err = erasure.LogOf(tx)
		return err
	})
	if err == nil {
		err = log.Write(h.dir)
	}
	if err != nil {
		return fmt.Errorf("keep log of erasures: %w", err)
	}
	return nil
}

// eraseByLog erases what the log beside the database says and that does not know.
func (h *Headquarters) eraseByLog(ctx context.Context) error {
	log, err := erasure.ReadLog(h.dir, h.chain.id)
	if err != nil || len(log.Erasures) == 0 {
		return err
	}
	known := false
	err = h.view(ctx, func(tx *database.Tx) error {
		known, err = log.IsKnown(tx)
		return err
	})
	if err != nil || known {
		return err
	}
	return h.update(ctx, func(tx *database.Tx) error {
		h.traces, err = log.EraseAgain(tx, h.keys)
		return err
	})
}
