package authority

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// RecallOthers calls back what a store's tills hold of other programs.
func RecallOthers(tx *database.Tx, store ledger.StoreID, id string) error {
	rows, err := tx.Query(`
		SELECT r.account, r.right_id
		FROM terminal t
		JOIN account_right r ON r.terminal = t.terminal AND r.state = 'open'
		WHERE t.store = $1 AND r.program <> $2
		ORDER BY r.account, r.right_id`, store, id)
	if err != nil {
		return fmt.Errorf("read rights of a store: %w", err)
	}
	defer rows.Close()
	byHolder := map[books.Holder][]*books.Right{}
	var order []books.Holder
	for rows.Next() {
		var of books.Holder
		r := new(books.Right)
		if err := rows.Scan(&of, &r.ID); err != nil {
			return fmt.Errorf("read rights of a store: %w", err)
		}
		if byHolder[of] == nil {
			order = append(order, of)
		}
		byHolder[of] = append(byHolder[of], r)
	}
	if err := rows.Close(); err != nil {
		return fmt.Errorf("read rights of a store: %w", err)
	}
	for _, of := range order {
		if err := posting.Recall(tx, of, byHolder[of]); err != nil {
			return err
		}
	}
	return nil
}
