package audit

import (
	"maps"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// first compares what an entry had to be the only one to have with who has it.
func (a *again) first(it *books.Item, r *ledgerRow) error {
	if a.beside.claimed[it.Entry.ID].body != r.decision.Body {
		a.find(r.where, "entry %s is claimed for another body, or by nobody", it.Entry.ID)
	}
	if it.Held {
		return nil
	}
	winner, has, err := a.winner(it)
	if err != nil || !has {
		return err
	}
	lost := r.decision.Verdict == ledger.DuplicateSale || r.decision.Verdict == ledger.DuplicateRef
	if lost != (winner != it.Entry.ID) {
		a.find(r.where, "entry %s is posted as %s, and what it had to be first to have is entry %s's", it.Entry.ID, r.decision.Verdict, winner)
	}
	return nil
}

// winner is the entry that has the key which an entry claims, if it claims one.
func (a *again) winner(it *books.Item) (winner ledger.EntryID, has bool, err error) {
	if key, has := saleKey(it); has {
		return a.beside.sales[key], true, nil
	}
	if e := it.Entry; e.Kind == ledger.Done && e.Activity.Ref != "" {
		winner, err = records.DeedOf(a.tx, e)
		return winner, true, err
	}
	return winner, false, nil
}

// saleKey is the key that an entry claims, if it is a sale or a return.
func saleKey(it *books.Item) (key ledger.SaleRef, has bool) {
	key = ledger.SaleRef{Terminal: it.Place.Terminal, Day: it.Entry.Day}
	switch {
	case it.Entry.Kind == ledger.Sold:
		key.ID = it.Entry.Sale.ID
	case books.IsReturn(it.Entry):
		key.ID = it.Entry.Return.ID
	default:
		return key, false
	}
	return key, true
}

// claimed checks that each claimed entry stands where it was resolved to, or waits.
func (a *again) claimed() error {
	waits, err := a.waits()
	if err != nil {
		return err
	}
	for last, more := "", true; more; {
		claims, err := a.claimsBehind(last)
		if err != nil {
			return err
		}
		stands, err := stand(a.tx, claims)
		if err != nil {
			return err
		}
		for _, c := range claims {
			a.step()
			if !stands[c] && !waits[c.entry] && !a.underway[c.entry] {
				a.find("entry "+c.entry.String(), "it was resolved to %q and does not stand there", string(c.of))
			}
			last = c.entry.String()
		}
		more = len(claims) == atOnce
	}
	return nil
}

func (a *again) claimsBehind(last string) (claims []entryOf, err error) {
	rows, err := a.tx.Query(`
		SELECT entry, coalesce(account, '') FROM claim_entry
		WHERE entry > $1
		ORDER BY entry
		LIMIT $2`, last, atOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c entryOf
		if err := rows.Scan(&c.entry, &c.of); err != nil {
			return nil, err
		}
		claims = append(claims, c)
	}
	return claims, rows.Close()
}

// waits are the entries in quarantine, those parked, and sales on their way from one
// ledger to another.
func (a *again) waits() (map[ledger.EntryID]bool, error) {
	waits := map[ledger.EntryID]bool{}
	for _, query := range []string{
		`SELECT terminal, epoch, branch, seq FROM quarantine`,
		`SELECT terminal, epoch, branch, seq FROM parked`,
		`SELECT terminal, epoch, branch, seq FROM parked_claim`,
	} {
		places, err := records.ReadPlacesOf(a.tx, query)
		if err != nil {
			return nil, err
		}
		for _, at := range places {
			body, err := records.BodyOf(a.tx, "", &books.Decision{Place: &at})
			if err != nil {
				return nil, err
			}
			if e, err := ledger.Decode(body); err == nil { // what cannot be read claims nothing
				waits[e.ID] = true
			}
		}
	}
	leaving, err := readAll[ledger.EntryID](a.tx, `SELECT sale FROM leaving`)
	maps.Copy(waits, leaving)
	return waits, err
}
