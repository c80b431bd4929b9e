package hq

import (
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// flag notes which rules of conduct an entry met where it was written, and
// tells of it; of one that is held once it is released. It changes nothing that is
// posted.
func (it *item) flag(tx *database.Tx) error {
	flags := it.entry.Flags
	if len(flags) == 0 || it.held {
		return nil
	}
	_, err := tx.Exec(`
		INSERT INTO flagged (account, entry, terminal, flags, at_ms)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account, entry) DO NOTHING`,
		it.holder, it.entry.ID, it.place.Terminal, strings.Join(flags, " "), it.effective())
	if err != nil {
		return fmt.Errorf("note flags: %w", err)
	}
	it.events = append(it.events, event.Event{What: event.Flagged, Reason: strings.Join(flags, ", ") + by(it)})
	return nil
}

// by is who did it, and who let it be.
func by(it *item) string {
	text := " by operator " + it.entry.Operator
	if it.entry.Approver != "" {
		text += ", approved by " + it.entry.Approver
	}
	return text
}
