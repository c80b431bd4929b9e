package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Erasures implements hqsync.Outbox: an erasure is all done once nothing of it is left
// in the hub's own file either, and headquarters has what lanes had told before. It
// goes on with what is left to do.
func (o Outbox) Erasures(ctx context.Context) (heard, sealed ledger.Millis, err error) {
	heard, sealed, err = o.Outbox.Erasures(ctx)
	if err != nil || heard == 0 {
		return heard, sealed, err
	}
	done, err := o.Hub.wipe(ctx, heard)
	if err != nil {
		return 0, 0, fmt.Errorf("erase: %w", err)
	}
	if !done {
		sealed = 0
	}
	return heard, sealed, nil
}

// wipe sees to it that nothing of what was erased is left in the folder, and reports
// whether headquarters has all that lanes told before. The file is small and is written
// anew as a whole: what was dropped since it was made may have left copies between
// rows, and nobody knows what to look for. Who reads keeps it from being emptied: it is
// done again.
func (h *Hub) wipe(ctx context.Context, serial ledger.Millis) (done bool, err error) {
	if err := h.forgetAside(serial.Time().Add(24 * time.Hour)); err != nil {
		return false, err
	}
	var heard, wiped ledger.Millis
	err = h.db.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`
			SELECT heard_ms, wiped_ms, NOT EXISTS (SELECT 1 FROM batch b WHERE b.n <= erased.n AND b.refused IS NULL)
			FROM erased`).Scan(&heard, &wiped, &done)
	})
	if err != nil || heard == wiped {
		return done, err
	}
	if whole, err := h.db.Vacuum(ctx); err != nil || !whole {
		return false, err
	}
	return done, h.update(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE erased SET wiped_ms = ?`, heard)
		return err
	})
}

// keepAside is for how long a damaged file stays: somebody may want to know more.
const keepAside = 30 * 24 * time.Hour

// forgetAside deletes a damaged file that was written last before a time.
func (h *Hub) forgetAside(before time.Time) error {
	aside, err := os.Stat(h.asidePath())
	if errors.Is(err, fs.ErrNotExist) || err == nil && aside.ModTime().After(before) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(h.asidePath())
}
