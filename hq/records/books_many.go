package records

import (
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ListOf are holders as the list of a statement.
func ListOf(of []books.Holder) [][]any {
	list := make([][]any, len(of))
	for i := range of {
		list[i] = []any{of[i]}
	}
	return list
}

// has is what is read of ledgers, by holder and program.
type has map[books.Holder]map[string]*loyalty.Account

func (h has) of(one books.Holder, program string) *loyalty.Account {
	a := h[one][program]
	if a == nil {
		a = &loyalty.Account{Of: ledger.Subject(one)}
		h[one][program] = a
	}
	return a
}

// readAccounts reads what is left to ledgers under each program; the lots of some of
// them.
func readAccounts(tx *database.Tx, of, lots []books.Holder) (has, error) {
	read := has{}
	for _, one := range of {
		read[one] = map[string]*loyalty.Account{}
	}
	list := ListOf(of)
	if err := tx.QueryMany(purses, list, read.purse); err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	if err := tx.QueryMany(lotsLeft, ListOf(lots), read.lot); err != nil {
		return nil, fmt.Errorf("read lots: %w", err)
	}
	if err := tx.QueryMany(states, list, read.state); err != nil {
		return nil, fmt.Errorf("read member state: %w", err)
	}
	return read, nil
}

var (
	purses = database.Many{Head: `
		SELECT account, program, unit, available, pending, receivable, idled_after
		FROM balance
		WHERE account IN (VALUES`, Tail: `)`}
	lotsLeft = database.Many{Head: `
		SELECT account, ` + lotColumns + `
		FROM lot
		WHERE rest > 0 AND account IN (VALUES`, Tail: `)`}
	states = database.Many{Head: `
		SELECT account, program, state
		FROM member_state
		WHERE account IN (VALUES`, Tail: `)`}
)

func (h has) purse(rows *database.Rows) error {
	var of books.Holder
	var program string
	var unit ledger.Unit
	var p loyalty.Purse
	var idled []byte
	err := rows.Scan(&of, &program, &unit, &p.Available, &p.Pending, &p.Receivable, &idled)
	if err != nil {
		return err
	}
	if string(idled) != books.NeverIdled {
		if err := json.Unmarshal(idled, &p.Idled); err != nil {
			return fmt.Errorf("when %s ended: %w", unit, err)
		}
	}
	*h.of(of, program).Hold(unit) = p
	return nil
}

func (h has) lot(rows *database.Rows) error {
	var of books.Holder
	var l books.KeptLot
	if err := scanLot(&l, rows, &of); err != nil {
		return err
	}
	h.of(of, l.Of.Program).Hold(l.Of.Unit).Keep(l.Lot)
	return nil
}

func (h has) state(rows *database.Rows) error {
	var of books.Holder
	var program string
	var text []byte
	if err := rows.Scan(&of, &program, &text); err != nil {
		return err
	}
	return ledger.DecodeJSON(text, &h.of(of, program).State)
}
