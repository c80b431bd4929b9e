package hq

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/hq/totals"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// daysEvery is how often stores are told of their days at most: each sale changes
	// one, and tills write down what they hear.
	daysEvery = time.Minute
	// daysFor is of how many last days stores are told, so that a till that reads its
	// feed from the beginning does not wait for years of them.
	daysFor = 35
)

// tellDays tells stores what their tills told of the last days, and returns of how many
// of tills' days. A mark is taken away at the version that was read, after its store
// was told.
func (h *Headquarters) tellDays(ctx context.Context) (int, error) {
	if !h.caughtUp || !h.soundNow() {
		return 0, nil // the marks stay: by a wrong clock, days would be too late or too early to be told
	}
	now := h.time()
	if told := h.daysTold; told <= now && now < told.Add(daysEvery) {
		return 0, nil // a time still to come was a wrong one that was confirmed
	}
	var marks []totals.Mark
	var stores []records.Store
	var tills tills
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		if marks, err = totals.Marks(tx, chunk); err != nil || len(marks) == 0 {
			return err
		}
		if stores, err = records.ReadStores(tx, h.keys); err != nil {
			return err
		}
		tills, err = readTills(tx, stores)
		return err
	})
	if err != nil || len(marks) == 0 {
		return 0, err
	}
	days := daysOf(marks, tills)
	stores = slices.DeleteFunc(stores, func(s records.Store) bool { return len(days[s.ID]) == 0 })
	err = oneByOne(ctx, h, stores, func(tx *database.Tx, store records.Store) error {
		w := feedWriter{tx: tx, store: store, tills: tills, now: now}
		return w.tellDays(days[store.ID])
	})
	if err == nil {
		err = inTransactions(ctx, h, marks, totals.Unmark)
	}
	if err != nil {
		return 0, fmt.Errorf("tell stores of their days: %w", err)
	}
	if len(marks) < chunk {
		h.daysTold = now
	}
	h.fed.raise()
	return len(marks), nil
}

// daysOf are the days that marks are of, each once, by store.
func daysOf(marks []totals.Mark, tills tills) map[ledger.StoreID][]ledger.Date {
	days := map[ledger.StoreID][]ledger.Date{}
	for _, m := range marks {
		store := tills.storeOf[m.Terminal]
		if !slices.Contains(days[store], m.Day) {
			days[store] = append(days[store], m.Day)
		}
	}
	return days
}

// tellDays writes what a store is told of days, as far as they are of the last or of
// tomorrow, which begins earlier elsewhere; and what it was told of earlier ones goes.
func (w *feedWriter) tellDays(days []ledger.Date) error {
	var own []ledger.TerminalID
	for id, store := range w.tills.storeOf {
		if store == w.store.ID {
			own = append(own, id)
		}
	}
	first, last := ledger.DateAt(w.now.Add(-daysFor*24*time.Hour), time.UTC), ledger.DateAt(w.now.Add(24*time.Hour), time.UTC)
	for _, day := range days {
		if day < first || day > last {
			continue
		}
		told, version, err := totals.OfStore(w.tx, own, day)
		if err != nil {
			return fmt.Errorf("day %s of store %q: %w", day, string(w.store.ID), err)
		}
		w.days = append(w.days, feedRow{version: version, change: ledger.Change{Kind: ledger.StoreDayChange, Key: string(day), StoreDay: told}})
	}
	if _, err := w.tx.Exec(`DELETE FROM feed_day WHERE store = $1 AND key < $2`, w.store.ID, first); err != nil {
		return fmt.Errorf("drop days of store %q: %w", string(w.store.ID), err)
	}
	return w.flush()
}
