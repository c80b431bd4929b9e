package audit

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// pairs are transfers of which one side was met and not yet the other, by the entry
// with which it left.
type pairs struct {
	out map[ledger.EntryID]books.Holder
	in  map[ledger.EntryID]bool
}

func newPairs() pairs {
	return pairs{out: map[ledger.EntryID]books.Holder{}, in: map[ledger.EntryID]bool{}}
}

func (p pairs) left(entry ledger.EntryID, from books.Holder) {
	if p.in[entry] {
		delete(p.in, entry)
		return
	}
	p.out[entry] = from
}

func (p pairs) arrived(entry ledger.EntryID) {
	if _, met := p.out[entry]; met {
		delete(p.out, entry)
		return
	}
	p.in[entry] = true
}

// paired tells of transfers that have one side: what left has arrived or is under
// way, and what arrived had left.
func (a *again) paired() error {
	underway, err := readAll[ledger.EntryID](a.tx, `SELECT entry FROM handover`)
	if err != nil {
		return err
	}
	for entry := range underway {
		if _, left := a.pairs.out[entry]; !left {
			a.find("transfer "+entry.String(), "it is under way and did not leave, or arrived")
		}
		delete(a.pairs.out, entry)
	}
	for entry, from := range a.pairs.out {
		a.find("transfer "+entry.String(), "it left %s and did not arrive", from)
	}
	for entry := range a.pairs.in {
		a.find("transfer "+entry.String(), "it arrived and had not left")
	}
	return nil
}

// referred tells of what a sale or enroll gave to a referrer whose account is named,
// and that is neither posted nor waiting. One who is named by a code may be nobody.
func (a *again) referred(e *ledger.Entry, r *ledgerRow) error {
	ref := e.Referral
	if ref == nil || ref.Code != "" || r.decision.Effect == nil || r.decision.Verdict == ledger.Held {
		return nil
	}
	var waits bool
	err := a.tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM referral WHERE account = $1 AND entry = $2)`, r.decision.Account, e.ID).Scan(&waits)
	if err != nil || waits {
		return err
	}
	to, err := records.Survivor(a.tx, books.HolderOf(ref.Account))
	if err != nil {
		return err
	}
	for _, of := range []books.Holder{books.HolderOf(ref.Account), to} {
		if posted, err := records.HasEntry(a.tx, of, books.ReferralOf(e.ID)); err != nil || posted {
			return err
		}
	}
	a.find(r.where, "what it gives to %s was not posted there", to)
	return nil
}

// intendedBy is what an entry gives to a referrer, as its ledger has it.
func intendedBy(tx *database.Tx, entry ledger.EntryID) (*books.Intent, error) {
	of, err := records.ResolvedTo(tx, entry)
	if err != nil {
		return nil, err
	}
	rows, err := records.ReadDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, entry)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || rows[0].Effect == nil {
		return nil, fmt.Errorf("entry %s, which gives it, stands in no ledger", entry)
	}
	body, err := records.BodyOf(tx, of, rows[0])
	if err != nil {
		return nil, err
	}
	e, err := ledger.Decode(body)
	if err != nil || e.Referral == nil {
		return nil, fmt.Errorf("entry %s gives nothing to a referrer", entry)
	}
	d := rows[0]
	return &books.Intent{Entry: e.ID, At: d.At, Store: e.Store, Program: d.Program, Referral: *e.Referral, First: d.Effect.Referred}, nil
}

// readAll are the values of a query that has one column.
func readAll[T comparable](tx *database.Tx, query string, args ...any) (map[T]bool, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[T]bool{}
	for rows.Next() {
		var one T
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all[one] = true
	}
	return all, rows.Close()
}
