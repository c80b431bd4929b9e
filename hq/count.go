package hq

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/totals"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What tills told of a business day is counted when it is posted, in the transaction
// that notes an entry as projected, or as waiting no more in quarantine or for its sale:
// each of these happens once.

// countOnce counts an item that waited, where a statement says that it did until now.
func countOnce(tx *database.Tx, it *books.Item, waited sql.Result) error {
	n, err := waited.RowsAffected()
	if err != nil || n == 0 {
		return err
	}
	return totals.CountLate(tx, []*books.Item{it})
}

// catchUp counts what releases before this one projected, some at a time. What cannot be
// counted leaves stores untold of their days, and holds up nothing else.
func (h *Headquarters) catchUp(ctx context.Context) (int, error) {
	if h.caughtUp {
		return 0, nil
	}
	more := false
	err := h.update(ctx, func(tx *database.Tx) (err error) {
		more, err = totals.CatchUp(tx)
		return err
	})
	if err != nil {
		err = fmt.Errorf("count what tills told: %w", err)
		if !database.EndsAll(err) {
			h.tellOnce(ledger.EntryID(books.OwnID("count", "")), event.Event{What: event.Undone, Reason: err.Error()})
			err = nil
		}
		return 0, err
	}
	if !more {
		h.caughtUp = true
		return 0, nil
	}
	return 1, nil
}
