package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// tellPrograms writes into each store's feed what it was not told yet of what
// was published of its program and stopped, and returns whether there was
// anything to look at. It looks after each start, each publication, and each
// store that is new or was given another program.
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
	var stores []records.Store
	var changes map[string][]ledger.Change
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		if stores, err = records.ReadStores(tx, h.keys); err != nil {
			return err
		}
		changes, err = programChanges(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, store := range stores {
		err := h.update(ctx, func(tx *database.Tx) error {
			w := feedWriter{tx: tx, store: store}
			for _, c := range changes[store.Program] {
				w.put(1, c) // it never changes
			}
			return w.flush()
		})
		if err != nil {
			return fmt.Errorf("store %q: %w", string(store.ID), err)
		}
	}
	return nil
}

// programChanges are the rows of all versions and stops of each program, in the
// order of publishing.
func programChanges(tx *database.Tx) (map[string][]ledger.Change, error) {
	changes := map[string][]ledger.Change{}
	published, err := publication.Read(tx)
	if err != nil {
		return nil, err
	}
	for _, p := range published {
		changes[p.ID] = append(changes[p.ID], ledger.Change{Kind: ledger.ProgramChange, Key: p.String(), Program: &p.Signed})
	}
	stops, err := publication.ReadSignedStops(tx)
	if err != nil {
		return nil, err
	}
	for _, s := range stops {
		stop, err := s.Read()
		if err != nil {
			return nil, err
		}
		key := fmt.Sprintf("%s/%d/%s", stop.Program, stop.Version, stop.Rule)
		changes[stop.Program] = append(changes[stop.Program], ledger.Change{Kind: ledger.StopChange, Key: key, Stop: &s})
	}
	return changes, nil
}
