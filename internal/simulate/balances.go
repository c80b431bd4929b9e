package simulate

import (
	"database/sql"
	"errors"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// checkBalances wants what members have to be what entries say, each counted
// once, by arithmetic of its own.
func (w *world) checkBalances() {
	if w.incidents > 0 {
		return // then headquarters books other things, and Verify follows them
	}
	var have ledger.Points
	sum := adding{counted: map[ledger.EntryID]bool{}, sales: map[string]ledger.Points{}, back: map[string]bool{}}
	path := filepath.Join(w.hq.disk.Dir(), hq.DatabaseFile)
	w.read(path, sum.scan, `SELECT body FROM intake`)
	w.read(path, sum.scan, `SELECT body FROM own_entry`)
	w.read(path, func(rows *sql.Rows) error { return rows.Scan(&have) }, `
		SELECT (SELECT coalesce(sum(available + pending - receivable), 0) FROM balance)
		     + (SELECT coalesce(sum(amount - spent - returned), 0) FROM account_right WHERE state = 'open')`)
	if want := sum.total(); want != have {
		w.violate("members have %d, entries say %d", have, want)
	}
	w.checkWhose(sum)
}

// checkWhose wants each member to have what was sold to her, whatever account her till
// knew her by. Where points end by themselves that is the sum's to say.
func (w *world) checkWhose(sum adding) {
	for _, m := range w.members {
		has, err := w.hq.MemberByPhone(ctx, m.number)
		if errors.Is(err, records.ErrNotFound) {
			continue
		}
		w.expect("find member", err)
		var want, have ledger.Points
		for id, points := range sum.sales {
			if w.buyers[id] == m && !sum.back[id] {
				want += points
			}
		}
		for _, b := range has.Balances {
			have += b.Available + b.Escrowed + b.Pending - b.Receivable
		}
		if want != have && !w.Mix.Aging {
			w.violate("%s has %d, and bought for %d", m.number, have, want)
		}
	}
}

// adding adds up entries. What comes back of a sale is here always all of it,
// once, whatever the till could say of another till's sale.
type adding struct {
	counted map[ledger.EntryID]bool
	sales   map[string]ledger.Points // by id
	back    map[string]bool
	others  ledger.Points
}

func (a *adding) scan(rows *sql.Rows) error {
	var body []byte
	if err := rows.Scan(&body); err != nil {
		return err
	}
	e, err := ledger.Decode(body)
	if err != nil || a.counted[e.ID] {
		return err
	}
	a.counted[e.ID] = true
	switch e.Kind {
	case ledger.Sold:
		a.sales[e.Sale.ID] = moved(e)
	case ledger.Returned, ledger.Voided:
		a.back[e.Return.Of.ID] = true
	case ledger.Adjust: // nobody adjusts anything here
	default:
		a.others += moved(e)
	}
	return nil
}

func (a *adding) total() ledger.Points {
	sum := a.others
	for id, points := range a.sales {
		if !a.back[id] {
			sum += points
		}
	}
	return sum
}

// moved is what an entry adds to what members have.
func moved(e *ledger.Entry) (sum ledger.Points) {
	for _, p := range e.Postings {
		if ours(p.To) {
			sum += p.Amount
		}
		if ours(p.From) {
			sum -= p.Amount
		}
	}
	return sum
}

// ours reports whether a ledger account is a member's, not the program's.
func ours(a ledger.LedgerAccount) bool {
	switch a {
	case ledger.Issued, ledger.Redeemed, ledger.Expired, ledger.Adjusted, ledger.Loss:
		return false
	}
	return true
}
