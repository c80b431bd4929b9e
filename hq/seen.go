package hq

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// seenEvery is how exactly it is kept when a terminal was last heard of that only
// reads its feed.
const seenEvery = time.Hour

// sees records that a terminal is there. While it was silent nothing was placed at
// it: now the authority looks at whom it served last.
func (h *Headquarters) sees(tx *database.Tx, t *records.Terminal, now ledger.Millis) error {
	if a := h.rights(); a.IsSilent(t) {
		_, err := tx.Exec(`
			INSERT INTO authority_dirty (account, version)
			SELECT account, version FROM account WHERE last_terminal = $1
			ON CONFLICT (account) DO UPDATE SET version = excluded.version`, t.ID)
		if err != nil {
			return fmt.Errorf("mark accounts of %s: %w", t.ID, err)
		}
	}
	if _, err := tx.Exec(`UPDATE terminal SET seen_at_ms = $1 WHERE terminal = $2`, now, t.ID); err != nil {
		return fmt.Errorf("record terminal: %w", err)
	}
	return nil
}
