package audit

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/totals"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// days compares what is counted of tills' business days with what their entries add up
// to.
func (a *Auditor) days() error {
	tills, err := totals.Terminals(a.tx)
	for i := 0; err == nil && i < len(tills); i++ {
		_, err = a.CompareDays(a.tx, tills[i])
	}
	return err
}

// CompareDays compares a till's, and gives those that are different.
func (a *Auditor) CompareDays(tx *database.Tx, id ledger.TerminalID) ([]totals.Difference, error) {
	different, err := totals.Compare(tx, id)
	if err != nil {
		return nil, err
	}
	for _, d := range different {
		a.find(fmt.Sprintf("terminal %s", id), "what is counted of %s is not what its entries make", d.Day)
	}
	return different, nil
}
