package simulate

import (
	"context"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// month is weeks in which nobody buys and tills talk now and then; then they forget
// bodies that headquarters has in a backup.
func (w *world) month() {
	w.note("a month passes")
	if w.chance(60) {
		w.hq.save()
	}
	for range 6 {
		w.at = w.at.Add(6 * 24 * time.Hour)
		if w.hq.up {
			w.hq.tend()
		}
		for _, t := range w.terminals() {
			if t.up && !t.faulty && t.converse() != nil {
				t.greeted = false
			}
		}
		w.countSilent()
	}
	for _, t := range w.terminals() {
		if t.up && !t.disk.Stopped() {
			t.prune()
		}
	}
}

// prune takes away all bodies that may go.
func (t *till) prune() {
	summarize := func(ctx context.Context, day ledger.Date) ([]byte, error) {
		till := report.Till{StoreID: t.answer.Store.ID, Store: t.answer.Store.Name, Terminal: t.answer.Terminal, Name: t.name, Zone: istanbul}
		return report.Summary(ctx, t.store, till, day, ledger.MillisOf(t.now()))
	}
	sum := 0
	for more := true; more; {
		var gone int
		var err error
		gone, more, err = t.store.Prune(ctx, summarize)
		if !t.went("prunes", err) {
			break
		}
		sum += gone
	}
	if sum == 0 {
		return
	}
	t.counts.Pruned += sum
	t.note("%s prunes %d", t.name, sum)
	t.checkPruned()
}

// checkPruned wants what a till pruned in headquarters' backup.
func (t *till) checkPruned() {
	if t.disk.Stopped() {
		return
	}
	for hash := range t.bodies(filepath.Join(t.disk.Dir(), "journal.db"), `SELECT body_hash FROM journal WHERE body = '{}'`) {
		if t.durable[hash] == 0 {
			t.violate("%s pruned an entry that is in no backup of headquarters", t.name)
		}
	}
}

// noteBackup writes down what the last backup has, once it was checked: that is
// durable.
func (h *headquarters) noteBackup() {
	look, err := hq.OpenReadOnly(ctx, hq.Options{Dir: h.backup, Now: func() time.Time { return h.at }})
	h.expect("open backup", err)
	defer look.Close()
	found, err := look.Verify(ctx, nil)
	h.expect("check backup", err)
	if len(found) > 0 {
		h.violate("a backup does not add up: %v", found)
	}
	copied, err := look.Copy(ctx)
	h.expect("read backup", err)
	h.durable = h.bodies(filepath.Join(h.backup, hq.DatabaseFile), `SELECT body_hash FROM intake`)
	if _, err := h.NoteCopy(ctx, copied); !h.explained(err) {
		h.violate("note backup: %w", err)
	}
}
