package hq

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// tellErasures writes into each store's feed the erasures that it was not told of, in
// order of their serials, and returns how many. It comes before whatever else is told
// of their accounts: a till that finds her no more has heard why. A store that cannot be
// told of one waits for it with those that came later, and a person is told; whatever else
// there is to do does not.
func (h *Headquarters) tellErasures(ctx context.Context) (told int, err error) {
	var stores []ledger.StoreID
	err = h.view(ctx, func(tx *database.Tx) error {
		stores, err = erasure.ReadBehind(tx)
		return err
	})
	if err != nil || len(stores) == 0 {
		return 0, err
	}
	for _, store := range stores {
		n, err := h.tellErasuresTo(ctx, store)
		if err != nil {
			err = fmt.Errorf("tell erasures to store %q: %w", string(store), err)
		}
		if database.EndsAll(err) {
			return told, err
		}
		if err != nil {
			h.tellOnce(ledger.EntryID(books.OwnID("tell erasures", string(store))), event.Event{What: event.Undone, Reason: err.Error()})
		}
		told += n
	}
	h.fed.raise()
	return told, nil
}

func (h *Headquarters) tellErasuresTo(ctx context.Context, store ledger.StoreID) (told int, err error) {
	err = h.update(ctx, func(tx *database.Tx) error {
		row, err := records.ReadStore(tx, h.keys, store)
		if err != nil {
			return err
		}
		w := feedWriter{tx: tx, store: row}
		told, err = w.writeErasures()
		return err
	})
	if err != nil {
		return 0, err
	}
	return told, nil
}

// writeErasures puts each member's erasure in the place of what was told of it before.
// Its version is its serial: by that a till asks for what it has not heard.
func (w *feedWriter) writeErasures() (int, error) {
	due, err := erasure.ReadUntold(w.tx, w.store.ID, chunk)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	for _, x := range due {
		e, err := x.Telling(w.tx, w.store.ID)
		if err != nil {
			return 0, err
		}
		w.apart = append(w.apart, feedRow{
			version: uint64(e.Serial), change: ledger.Change{Kind: ledger.ErasureChange, Key: e.Member.String(), Erasure: e},
		})
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	return len(due), erasure.NoteTold(w.tx, w.store.ID, due[len(due)-1].Serial)
}

// fillErasures reads the rows of erasures that a terminal of the store has not heard of.
func (p *page) fillErasures(tx *database.Tx, heard ledger.Millis) error {
	rows, err := tx.Query(`
		SELECT change
		FROM feed_apart
		WHERE store = $1 AND kind = 'erasure' AND version > $2
		ORDER BY version
		LIMIT $3`, p.store, heard, wire.PageRows)
	if err != nil {
		return fmt.Errorf("read feed: %w", err)
	}
	defer rows.Close()
	var change sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&change); err != nil {
			return fmt.Errorf("read feed: %w", err)
		}
		p.add(change)
	}
	return rows.Close()
}
