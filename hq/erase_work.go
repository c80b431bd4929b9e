package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// enterErasures writes the entries of erasures into the ledgers of their accounts, and
// returns how many.
func (h *Headquarters) enterErasures(ctx context.Context) (int, error) {
	var due []erasure.Erasure
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		due, err = nextOf(h, toEnter, func(behind int) ([]erasure.Erasure, error) { return erasure.ReadUnentered(tx, chunk, behind) })
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	enter := func(tx *database.Tx, x erasure.Erasure) error { return x.Enter(tx, h.keys, ledger.MillisOf(h.now())) }
	done, err := eachForItself(ctx, h, due, enter, func(x erasure.Erasure, err error) { h.leftUndone("enter erasure "+string(x.Member), x.Account, err) })
	if err != nil {
		return done, fmt.Errorf("enter erasures: %w", err)
	}
	h.looked(toEnter, len(due), done)
	return done, nil
}

// endUnits ends what accounts have that are nobody's, and returns in how many there was
// something. As long as a restored headquarters waits, rights may be wanted of it.
func (h *Headquarters) endUnits(ctx context.Context) (int, error) {
	if waits, err := h.waiting(ctx); err != nil || waits {
		return 0, err
	}
	var some []books.Holder
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		some, err = nextOf(h, toEnd, func(behind int) ([]books.Holder, error) { return erasure.ReadEnding(tx, chunk, behind) })
		return err
	})
	if err != nil || len(some) == 0 {
		return 0, err
	}
	ended := 0
	ender := erasure.Ender{Keys: h.keys, Programs: h.programs.Load(), Now: ledger.MillisOf(h.now())}
	end := func(tx *database.Tx, of books.Holder) error {
		did, err := ender.End(tx, of)
		tx.AfterCommit(func() {
			if did {
				ended++
			}
		})
		return err
	}
	if _, err := eachForItself(ctx, h, some, end, func(of books.Holder, err error) { h.leftUndone("end units", of, err) }); err != nil {
		return ended, fmt.Errorf("end what is nobody's: %w", err)
	}
	h.looked(toEnd, len(some), ended)
	return ended, nil
}

// dropErased forgets what members were found by whom no terminal can send anything of
// any more, and returns how many identifiers. What came in is projected by then.
func (h *Headquarters) dropErased(ctx context.Context) (int, error) {
	var serials []ledger.Millis
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		if serials, err = erasure.ReadSealed(tx, ledger.MillisOf(h.now())); err != nil || len(serials) == 0 {
			return err
		}
		if todo, err := readTodo(tx); err != nil || len(todo) > 0 {
			serials = nil
			return err
		}
		return nil
	})
	if err != nil || len(serials) == 0 {
		return 0, err
	}
	return len(serials), h.update(ctx, func(tx *database.Tx) error {
		for _, serial := range serials {
			traces, err := erasure.DropSealed(tx, serial)
			if err != nil {
				return fmt.Errorf("forget what was erased: %w", err)
			}
			h.traceAfter(tx, traces)
		}
		return nil
	})
}
