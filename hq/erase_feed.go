package hq

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// tellErasures writes into each store's feed the erasures that it was not told of, in
// order of their serials, and returns how many. It comes before whatever else is told
// of their accounts: a till that finds her no more has heard why.
func (h *Headquarters) tellErasures(ctx context.Context) (told int, err error) {
	var stores []ledger.StoreID
	err = h.view(ctx, func(tx *database.Tx) error {
		all, err := records.ReadHolders(tx, `
			SELECT store FROM store
			WHERE erasures_ms < (SELECT coalesce(max(serial_ms), 0) FROM erasure)
			ORDER BY store`)
		for _, store := range all {
			stores = append(stores, ledger.StoreID(store))
		}
		return err
	})
	if err != nil || len(stores) == 0 {
		return 0, err
	}
	for _, store := range stores {
		n := 0
		err := h.update(ctx, func(tx *database.Tx) error {
			row, err := records.ReadStore(tx, h.keys, store)
			if err != nil {
				return err
			}
			w := feedWriter{tx: tx, store: row}
			n, err = w.writeErasures()
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("tell erasures to store %q: %w", string(store), err)
		}
		told += n
	}
	h.fed.raise()
	return told, nil
}

func (w *feedWriter) writeErasures() (int, error) {
	due, err := readErasures(w.tx, `
		SELECT `+erasureColumns+`
		FROM erasure
		WHERE serial_ms > (SELECT erasures_ms FROM store WHERE store = $1)
		ORDER BY serial_ms
		LIMIT $2`, w.store.ID, chunk)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	for _, x := range due {
		if err := w.putErasure(&x); err != nil {
			return 0, err
		}
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	_, err = w.tx.Exec(`UPDATE store SET erasures_ms = $1 WHERE store = $2`, due[len(due)-1].Serial, w.store.ID)
	return len(due), err
}

// putErasure puts a member's erasure in the place of what was told of it before. Its
// version is its serial: by that a till asks for what it has not heard.
func (w *feedWriter) putErasure(x *erasure) error {
	e := &ledger.Erasure{Serial: x.Serial, Member: x.Member.Member()}
	if x.Alone {
		ids, err := x.accounts(w.tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			account, _ := id.Account()
			e.Accounts = append(e.Accounts, account)
		}
	}
	named, err := readAttached(w.tx, `
		SELECT a.terminal, a.hash
		FROM erased_attachment a
		JOIN terminal t ON t.terminal = a.terminal
		WHERE a.member = $1 AND t.store = $2
		ORDER BY a.hash`, x.Member, w.store.ID)
	if err != nil {
		return err
	}
	for _, a := range named {
		e.Attachments = append(e.Attachments, a.hash)
	}
	w.apart = append(w.apart, feedRow{
		version: uint64(x.Serial), change: ledger.Change{Kind: ledger.ErasureChange, Key: e.Member.String(), Erasure: e},
	})
	return nil
}

// readErasureRows are the rows of erasures that a terminal has not heard of.
func readErasureRows(tx *database.Tx, store ledger.StoreID, heard ledger.Millis) (rows []json.RawMessage, err error) {
	found, err := tx.Query(`
		SELECT change
		FROM feed_apart
		WHERE store = $1 AND kind = 'erasure' AND version > $2
		ORDER BY version
		LIMIT $3`, store, heard, maxPageRows)
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var change []byte
		if err := found.Scan(&change); err != nil {
			return nil, fmt.Errorf("read feed: %w", err)
		}
		rows = append(rows, change)
	}
	return rows, found.Err()
}
