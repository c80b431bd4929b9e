package authority

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// grant sets an amount of an account aside in a right, by an entry signed by
// headquarters, in one transaction of the account. The right's lots are the
// soonest to expire, and it ends before the first of them does; one to uses has
// none, and ends with the limit's period. Granting one
// that stands already changes nothing.
func (a *Authority) grant(tx *database.Tx, of books.Holder, r ledger.Right) error {
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return err
	}
	stands, err := b.Right(r.ID)
	if err != nil || stands != nil {
		return err
	}
	if _, use := r.Unit.Use(); use {
		err = a.drawUses(tx, b, &r)
	} else {
		r.Lots, err = b.DrawLots(&r, a.Now)
	}
	if err != nil {
		return err
	}
	d := books.Granting(&r)
	e := &ledger.Entry{
		V: ledger.Version, ID: books.OwnID("grant", r.ID.String()), Kind: ledger.Grant, At: a.Now,
		Subject: ledger.Subject(of), Program: new(a.Policy(r.Program).Program), Right: &r, Postings: books.Postings(d.Moves),
	}
	return posting.FoldOwn(tx, a.Keys, b, e, d, a.Now)
}

// OpenGrants returns the grants of all open rights of a terminal's branch.
func OpenGrants(tx *database.Tx, t *records.Terminal) ([]ledger.SignedEntry, error) {
	rows, err := tx.Query(`
		SELECT e.body, e.signature
		FROM account_right r
		JOIN own_entry e ON e.account = r.account AND e.entry = r.entry
		WHERE r.terminal = $1 AND r.state = 'open' AND r.epoch = $2 AND r.branch = $3
		ORDER BY r.right_id`, t.ID, t.Epoch, t.Branch)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	defer rows.Close()
	var grants []ledger.SignedEntry
	for rows.Next() {
		var g ledger.SignedEntry
		if err := rows.Scan(&g.Body, &g.Signature); err != nil {
			return nil, fmt.Errorf("read grants: %w", err)
		}
		grants = append(grants, g)
	}
	return grants, rows.Err()
}
