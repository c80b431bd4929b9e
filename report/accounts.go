package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// AccountBalance is what one account has of one unit, for the books.
type AccountBalance struct {
	Account string `json:"account"`
	ledger.Balance
	AsOf ledger.Millis `json:"as_of_ms"`
}

// Owed is what the program owes the member, in units: what she may spend, what
// tills hold for her, and what has still to vest, less what she owes.
func (b AccountBalance) Owed() (ledger.Points, error) {
	sum := -b.Receivable
	for _, part := range []ledger.Points{b.Available, b.Escrowed, b.Pending} {
		var err error
		if sum, err = sum.Add(part); err != nil {
			return 0, fmt.Errorf("balance of %s: %w", b.Account, err)
		}
	}
	return sum, nil
}

// accountColumns are the CSV's, which other programs rely on: new ones go to the
// end.
var accountColumns = []string{"as_of", "account", "program", "unit", "available", "set_aside", "pending", "receivable", "balance"}

// AccountsCSV writes balances by RFC 4180, a row each. It names nobody.
type AccountsCSV struct {
	out     *csv.Writer
	amounts map[string]loyalty.Amounts
}

// NewAccountsCSV begins with the header. Amounts write those of each program.
func NewAccountsCSV(w io.Writer, amounts map[string]loyalty.Amounts) (*AccountsCSV, error) {
	a := &AccountsCSV{csv.NewWriter(w), amounts}
	a.out.UseCRLF = true
	return a, a.out.Write(accountColumns)
}

// Add writes a row.
func (a *AccountsCSV) Add(b AccountBalance) error {
	owed, err := b.Owed()
	if err != nil {
		return err
	}
	cells := []string{b.AsOf.Time().Format(time.RFC3339), inert(b.Account), inert(b.Program), inert(string(b.Unit))}
	for _, n := range []ledger.Points{b.Available, b.Escrowed, b.Pending, b.Receivable, owed} {
		cells = append(cells, a.amounts[b.Program].Number(b.Unit, n))
	}
	return a.out.Write(cells)
}

// End writes what is left.
func (a *AccountsCSV) End() error {
	a.out.Flush()
	return a.out.Error()
}
