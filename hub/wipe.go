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

// Erasures implements hqsync.Outbox: heard is what the store and the hub's own file
// both heard, so that a file which was lost is told again who was erased before. An
// erasure is all done once nothing of it is left in that file either, and headquarters
// has what lanes had told before. It goes on with what is left to do.
func (o Outbox) Erasures(ctx context.Context) (heard, sealed ledger.Millis, err error) {
	heard, sealed, err = o.Outbox.Erasures(ctx)
	if err != nil {
		return 0, 0, err
	}
	here, done, err := o.Hub.wipe(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("erase: %w", err)
	}
	if !done || here < heard {
		sealed = 0
	}
	return min(heard, here), sealed, nil
}

// wipe sees to it that nothing of what was erased is left in the folder. It returns the
// serial of the last erasure that the file heard of, and whether all of it is done. The
// file is small and is written anew as a whole: what was dropped since it was made may
// have left copies between rows, and nobody knows what to look for. Who reads keeps it
// from being emptied: it is done again.
func (h *Hub) wipe(ctx context.Context) (heard ledger.Millis, done bool, err error) {
	var wiped ledger.Millis
	err = h.db.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`
			SELECT heard_ms, wiped_ms, NOT EXISTS (SELECT 1 FROM batch b WHERE b.n <= erased.n AND b.refused IS NULL)
			FROM erased`).Scan(&heard, &wiped, &done)
	})
	if err == nil {
		err = h.forgetAside(heard.Time().Add(24 * time.Hour))
	}
	if err != nil || heard == wiped {
		return heard, done, err
	}
	if _, err := h.noteWiped(ctx, -heard, wiped); err != nil {
		return heard, false, err
	}
	if whole, err := h.db.Vacuum(ctx); err != nil || !whole {
		return heard, false, err
	}
	noted, err := h.noteWiped(ctx, heard, -heard)
	return heard, done && noted, err
}

// noteWiped notes how far the file is wiped, or, below 0, is about to be, unless another
// number stands than was seen.
func (h *Hub) noteWiped(ctx context.Context, wiped, seen ledger.Millis) (noted bool, err error) {
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		changed, err := tx.Exec(`UPDATE erased SET wiped_ms = ? WHERE wiped_ms = ?`, wiped, seen)
		if err != nil {
			return err
		}
		n, err := changed.RowsAffected()
		noted = n == 1
		return err
	})
	return noted, err
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
