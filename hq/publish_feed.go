package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// tellPrograms writes into each store's feed what it was not told yet of what
// was published and stopped, and returns whether there was anything to look at.
// It looks after each start, each publication, and each new store.
func (h *Headquarters) tellPrograms(ctx context.Context) (int, error) {
	if !h.untold.Swap(false) {
		return 0, nil
	}
	err := h.tellAllPrograms(ctx)
	if err != nil {
		h.untold.Store(true)
		return 0, fmt.Errorf("tell programs: %w", err)
	}
	h.fed.raise()
	return 1, nil
}

func (h *Headquarters) tellAllPrograms(ctx context.Context) error {
	var stores []storeRow
	var changes []ledger.Change
	err := h.view(ctx, func(tx *sqlitedb.Tx) (err error) {
		if stores, err = h.keys.readStores(tx); err != nil {
			return err
		}
		changes, err = programChanges(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, store := range stores {
		err := h.update(ctx, func(tx *sqlitedb.Tx) error {
			w := feedWriter{tx: tx, store: store}
			return w.writeAll(changes)
		})
		if err != nil {
			return fmt.Errorf("store %q: %w", string(store.ID), err)
		}
	}
	return nil
}

// programChanges are the rows of all versions and stops, in the order of
// publishing.
func programChanges(tx *sqlitedb.Tx) (changes []ledger.Change, err error) {
	published, err := readPublished(tx)
	if err != nil {
		return nil, err
	}
	for _, p := range published {
		changes = append(changes, ledger.Change{Kind: ledger.ProgramChange, Key: p.String(), Program: &p.signed})
	}
	stops, err := readSignedStops(tx)
	if err != nil {
		return nil, err
	}
	for _, s := range stops {
		stop, err := s.Read()
		if err != nil {
			return nil, err
		}
		key := fmt.Sprintf("%s/%d/%s", stop.Program, stop.Version, stop.Rule)
		changes = append(changes, ledger.Change{Kind: ledger.StopChange, Key: key, Stop: &s})
	}
	return changes, nil
}

// writeAll writes rows that never change.
func (w *feedWriter) writeAll(changes []ledger.Change) error {
	return w.moving(func() error {
		for _, c := range changes {
			if err := w.put(1, c); err != nil {
				return err
			}
		}
		return nil
	})
}
