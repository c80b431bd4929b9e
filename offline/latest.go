package offline

import (
	"context"
	"strconv"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Recent returns what this terminal sold and took back last, newest first, most
// at most; without what only its sums are left of, and what a release to come wrote.
func (v *View) Recent(ctx context.Context, most int) ([]*ledger.Entry, error) {
	return v.readable(ctx, `
		SELECT body
		FROM journal
		WHERE kind IN ('sale', 'return', 'void') AND orig_n IS NULL
		ORDER BY n DESC
		LIMIT CAST(+? AS INTEGER)`, strconv.Itoa(most))
}
