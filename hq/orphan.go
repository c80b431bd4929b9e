package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// orphaned is how long room stays taken for a right that is not granted: a
// process may be between the two.
const orphaned = 10 * time.Minute

// orphanEvery is how often such room is looked for.
const orphanEvery = time.Minute

// returnRoom gives back room that was taken for a right and not used: whoever asked for
// it left, or its process ended. A process that has the database to itself does so at its
// start, too.
func (h *Headquarters) returnRoom(ctx context.Context) (int, error) {
	now := h.now()
	if age := now.Sub(h.orphansAt); age >= 0 && age < orphanEvery {
		return 0, nil
	}
	var found []authority.RoomUse
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		found, err = authority.ReadOrphans(tx, chunk)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look for room: %w", err)
	}
	still := map[authority.RoomUse]time.Time{}
	var over []authority.RoomUse
	for _, u := range found {
		since, seen := h.orphans[u]
		if !seen {
			since = now
		}
		still[u] = since
		if now.Sub(since) >= orphaned {
			over = append(over, u)
		}
	}
	h.orphans, h.orphansAt = still, now
	if len(over) == 0 {
		return 0, nil
	}
	return len(over), h.update(ctx, func(tx *database.Tx) error {
		for _, u := range over {
			if err := u.Settle(tx); err != nil {
				return err
			}
		}
		return nil
	})
}
