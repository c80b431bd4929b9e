package records

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ReadBalances returns an account's balances, with what its open rights hold.
func ReadBalances(tx *database.Tx, of books.Holder) ([]ledger.Balance, error) {
	rows, err := tx.Query(`
		SELECT b.program, b.unit, b.available, b.pending, b.receivable,
		       coalesce((SELECT sum(r.amount - r.spent - r.returned)
		                 FROM account_right r
		                 WHERE r.account = b.account AND r.program = b.program AND r.unit = b.unit
		                   AND r.state = 'open'), 0)
		FROM balance b
		WHERE b.account = $1
		ORDER BY b.program, b.unit`, of)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	defer rows.Close()
	var balances []ledger.Balance
	for rows.Next() {
		var b ledger.Balance
		if err := rows.Scan(&b.Program, &b.Unit, &b.Available, &b.Pending, &b.Receivable, &b.Escrowed); err != nil {
			return nil, fmt.Errorf("read balances: %w", err)
		}
		balances = append(balances, b)
	}
	return balances, rows.Err()
}

// ProgramsOf are those under which an account has anything.
func ProgramsOf(tx *database.Tx, of books.Holder) (all []string, err error) {
	rows, err := tx.Query(`
		SELECT program FROM balance WHERE account = $1
		UNION SELECT program FROM member_state WHERE account = $1
		UNION SELECT program FROM account_right WHERE account = $1 AND state = 'open'
		ORDER BY program`, of)
	if err != nil {
		return nil, fmt.Errorf("read programs of account: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var program string
		if err := rows.Scan(&program); err != nil {
			return nil, fmt.Errorf("read programs of account: %w", err)
		}
		all = append(all, program)
	}
	return all, rows.Err()
}
