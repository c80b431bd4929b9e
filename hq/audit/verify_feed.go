package audit

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// feeds finds members of a store's working set of whom it is told no more than the
// directory has: its tills would let what their state gives wait for ever.
func (a *Auditor) feeds() error {
	since := ledger.MillisOf(a.Now()).Add(-records.WorkingFor)
	rows, err := a.tx.Query(`
		SELECT f.store, f.key
		FROM feed f
		WHERE f.kind = 'account' AND f.says IS NOT NULL
		  AND NOT EXISTS (SELECT 1 FROM feed_dirty d WHERE d.account = f.key)
		  AND (EXISTS (SELECT 1 FROM account_place p JOIN terminal t ON t.terminal = p.terminal
		               WHERE p.account = f.key AND t.store = f.store AND p.met_at_ms > $1)
		    OR EXISTS (SELECT 1 FROM looked_up l WHERE l.account = f.key AND l.store = f.store AND l.at_ms > $2))
		ORDER BY f.store, f.key`, since, since)
	if err != nil {
		return fmt.Errorf("read feeds: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var store ledger.StoreID
		var account string
		if err := rows.Scan(&store, &account); err != nil {
			return fmt.Errorf("read feeds: %w", err)
		}
		a.find("store "+string(store), "is not told all of %s, whom it met lately", account)
	}
	return rows.Err()
}
