package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// markAllForFeed lets every account be told again, to a store that is new.
func markAllForFeed(tx *database.Tx) error {
	_, err := tx.Exec(`
		INSERT INTO feed_dirty (account, version, since_n)
		SELECT account, version, 0 FROM account WHERE true
		ON CONFLICT (account) DO UPDATE
		SET version = excluded.version, since_n = 0`)
	if err != nil {
		return fmt.Errorf("mark accounts for the feed: %w", err)
	}
	return nil
}
