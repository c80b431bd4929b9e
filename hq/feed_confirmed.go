package hq

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// readConfirmed says of a sale that has left its own ledger that it is somebody's:
// the till that made it shall not offer it any more. It follows any other verdict
// on the sale.
func readConfirmed(tx *database.Tx, m mark) ([]told, error) {
	sale, alone := ledger.Subject(m.holder).Sale()
	if !alone {
		return nil, nil
	}
	t := told{version: 2, change: ledger.Change{
		Kind: ledger.VerdictChange, Key: sale.String(),
		Verdict: &ledger.VerdictOf{Entry: sale, Verdict: ledger.Confirmed, Subject: ledger.Subject(m.holder)},
	}}
	err := tx.QueryRow(`
		SELECT sold.terminal
		FROM ledger sold JOIN ledger gone ON gone.account = sold.account
		WHERE sold.account = $1 AND sold.entry = $2 AND gone.entry = $3 AND gone.n >= $4`,
		m.holder, sale, books.LeavingID(sale), m.sinceN).Scan(&t.terminal)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read sale that left: %w", err)
	}
	return []told{t}, nil
}
