package audit

import (
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// alone pairs what left the ledgers of sales with what arrived at accounts.
func (a *Auditor) alone() error {
	rows, err := a.tx.Query(`
		SELECT c.sale, c.moved, coalesce(e.account, ''), l.sale IS NOT NULL
		FROM claim_alone c
		LEFT JOIN claim_entry e ON e.entry = c.sale
		LEFT JOIN leaving l ON l.sale = c.sale
		ORDER BY c.sale`)
	if err != nil {
		return err
	}
	defer rows.Close()
	type moved struct {
		sale    ledger.EntryID
		left    bool
		at      books.Holder
		leaving bool
	}
	var all []moved
	for rows.Next() {
		var m moved
		if err := rows.Scan(&m.sale, &m.left, &m.at, &m.leaving); err != nil {
			return err
		}
		all = append(all, m)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for _, m := range all {
		a.step()
		from := books.HolderOfSale(m.sale)
		left, err := records.HasEntry(a.tx, from, ledger.EntryID(books.OwnID("leave", m.sale.String())))
		if err != nil {
			return err
		}
		arrived, err := records.HasEntry(a.tx, m.at, m.sale)
		if err != nil {
			return err
		}
		arrived = arrived && m.at != from
		if left != m.left || arrived != (m.left && !m.leaving) {
			a.find("sale "+m.sale.String(), "what left its ledger is not what arrived at its account")
		}
	}
	return nil
}
