package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// EachBalance gives what each account has of each unit, in order of account,
// program and unit, all as of one instant. It keeps none in memory; an error of
// give ends it. What stands in ledgers that are nobody's is left out.
func (r *reading) EachBalance(ctx context.Context, give func(report.AccountBalance) error) error {
	err := r.view(ctx, func(tx *sqlitedb.Tx) error {
		asOf := ledger.MillisOf(r.now())
		rows, err := tx.Query(`
			SELECT b.account, b.program, b.unit, b.available, b.pending, b.receivable,
			       coalesce((SELECT sum(r.amount - r.spent - r.returned)
			                 FROM account_right r
			                 WHERE r.account = b.account AND r.program = b.program AND r.unit = b.unit
			                   AND r.state = 'open'), 0)
			FROM balance b
			WHERE b.account NOT LIKE '%:%'
			ORDER BY b.account, b.program, b.unit`)
		if err != nil {
			return fmt.Errorf("read balances: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			row := report.AccountBalance{AsOf: asOf}
			b := &row.Balance
			if err := rows.Scan(&row.Account, &b.Program, &b.Unit, &b.Available, &b.Pending, &b.Receivable, &b.Escrowed); err != nil {
				return fmt.Errorf("read balances: %w", err)
			}
			if err := give(row); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	return nil
}
