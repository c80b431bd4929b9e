package hq

import (
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// flag notes which rules of conduct an entry met where it was written, and
// tells of it; of one that is held once it is released. It changes nothing that is
// posted.
func flag(tx *database.Tx, it *books.Item) error {
	flags := it.Entry.Flags
	if len(flags) == 0 || it.Held {
		return nil
	}
	_, err := tx.Exec(`
		INSERT INTO flagged (account, entry, terminal, flags, at_ms)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account, entry) DO NOTHING`,
		it.Holder, it.Entry.ID, it.Place.Terminal, strings.Join(flags, " "), it.Effective())
	if err != nil {
		return fmt.Errorf("note flags: %w", err)
	}
	it.Events = append(it.Events, event.Event{What: event.Flagged, Reason: strings.Join(flags, ", ") + it.By()})
	return nil
}
