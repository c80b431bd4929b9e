package audit

import (
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// inTransit is a unit that left an account with an entry.
type inTransit struct {
	left ledger.EntryID
	unit ledger.Unit
}

// addTransit adds up what leaves accounts for others, less what arrives.
func (a *Auditor) addTransit(d *books.Decision) {
	for _, m := range d.Moves {
		if left, ok := m.To.Transit(); ok {
			a.transit[inTransit{left, m.Unit}] += m.Amount
		}
		if left, ok := m.From.Transit(); ok {
			a.transit[inTransit{left, m.Unit}] -= m.Amount
		}
	}
}

// handovers finds what left an account and is neither under way nor arrived whole.
func (a *Auditor) handovers() error {
	for of, rest := range a.transit {
		if rest == 0 {
			continue
		}
		var underway bool
		if err := a.tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM handover WHERE entry = $1)`, of.left).Scan(&underway); err != nil {
			return err
		}
		if !underway {
			a.find("transfer "+of.left.String(), "%d %s left an account and did not arrive at the other", rest, of.unit)
		}
	}
	return nil
}

// forwards checks that nothing is left with accounts that became another's.
func (a *Auditor) forwards() error {
	left, err := records.ReadHolders(a.tx, `
		SELECT f.account
		FROM forward f
		WHERE f.to_empty = 0 AND (
			EXISTS (SELECT 1 FROM balance b WHERE b.account = f.account AND b.available + b.pending + b.receivable > 0)
			OR EXISTS (SELECT 1 FROM account_right r WHERE r.account = f.account AND r.state = 'open'))
		   OR EXISTS (SELECT 1 FROM forward n WHERE n.account = f.to_account)
		ORDER BY f.account`)
	for _, of := range left {
		a.find("account "+string(of), "became another's, and has something or leads nowhere")
	}
	return err
}

// households checks that who is in an account is in one that stands, and that her
// own id leads there where nothing was ever posted to it.
func (a *Auditor) households() error {
	rows, err := a.tx.Query(`
		SELECT m.member
		FROM membership m
			LEFT JOIN forward gone ON gone.account = m.account
			LEFT JOIN forward f ON f.account = m.member
		WHERE gone.account IS NOT NULL
		   OR m.member = m.account
		   OR f.account IS NULL AND NOT EXISTS (SELECT 1 FROM account WHERE account = m.member AND n > 0)
		ORDER BY m.member`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		a.step()
		var member books.Holder
		if err := rows.Scan(&member); err != nil {
			return err
		}
		a.find("member "+string(member), "is in an account that is another's, or leads nowhere")
	}
	return rows.Close()
}
