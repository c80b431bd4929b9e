package records

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// WorkingFor is for how long a member belongs to a store's working set since an entry
// of its terminals was last heard of, or one of them looked her up: who shops there
// each season stays.
const WorkingFor = 90 * 24 * time.Hour

// SaveDue notes when something falls due next; 0 for never.
func SaveDue(tx *database.Tx, of books.Holder, at ledger.Millis) error {
	query, args := `DELETE FROM due WHERE account = $1`, []any{of}
	if at != 0 {
		query, args = `
			INSERT INTO due (account, at_ms) VALUES ($1, $2)
			ON CONFLICT (account) DO UPDATE SET at_ms = excluded.at_ms`, append(args, at)
	}
	if _, err := tx.Exec(query, args...); err != nil {
		return fmt.Errorf("note what is due: %w", err)
	}
	return nil
}
