package inquiry

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// balancesAtOnce are accounts whose balances are read by one statement.
const balancesAtOnce = 1000

// EachBalance gives what each account has of each unit, in order of account,
// program and unit, all as of one instant, some accounts at a time. An error of give
// ends it. What stands in ledgers that are nobody's is left out.
func (d *Desk) EachBalance(ctx context.Context, give func(report.AccountBalance) error) error {
	err := d.view(ctx, func(tx *database.Tx) error {
		asOf, after := ledger.MillisOf(d.now()), books.Holder("")
		for {
			some, err := records.ReadHolders(tx, `
				SELECT DISTINCT account FROM balance
				WHERE account > $1 AND account NOT LIKE '%:%'
				ORDER BY account
				LIMIT $2`, after, balancesAtOnce)
			if err != nil || len(some) == 0 {
				return err
			}
			for _, of := range some {
				balances, err := records.ReadBalances(tx, of)
				if err != nil {
					return err
				}
				for _, b := range balances {
					if err := give(report.AccountBalance{Account: string(of), Balance: b, AsOf: asOf}); err != nil {
						return err
					}
				}
			}
			after = some[len(some)-1]
		}
	})
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	return nil
}
