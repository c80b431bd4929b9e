package records

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// SignedGrant returns a right's grant as it was signed.
func SignedGrant(tx *database.Tx, of books.Holder, entry ledger.EntryID) (*ledger.SignedEntry, error) {
	var g ledger.SignedEntry
	err := tx.QueryRow(`SELECT body, signature FROM own_entry WHERE account = $1 AND entry = $2`, of, entry).
		Scan(&g.Body, &g.Signature)
	if err != nil {
		return nil, fmt.Errorf("read grant: %w", err)
	}
	return &g, nil
}

// ReadOpenRights returns an account's open rights in order of their ids.
func ReadOpenRights(tx *database.Tx, of books.Holder) ([]*books.Right, error) {
	return readRights(tx, `
		SELECT `+rightColumns+`
		FROM account_right
		WHERE account = $1 AND state = 'open'
		ORDER BY right_id`, of)
}

// ReadRightsSince returns an account's open rights, and those that changed since a row
// of its ledger.
func ReadRightsSince(tx *database.Tx, of books.Holder, n uint64) ([]*books.Right, error) {
	return readRights(tx, `
		SELECT `+rightColumns+`
		FROM account_right
		WHERE account = $1 AND (state = 'open' OR n >= $2)
		ORDER BY right_id`, of, n)
}

func readRights(tx *database.Tx, query string, args ...any) ([]*books.Right, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read rights: %w", err)
	}
	defer rows.Close()
	var rights []*books.Right
	for rows.Next() {
		r := new(books.Right)
		if err := scanRight(r, rows); err != nil {
			return nil, fmt.Errorf("read rights: %w", err)
		}
		rights = append(rights, r)
	}
	return rights, rows.Err()
}

// PlacedUses returns what open rights may still draw on each limit in the window
// of a moment's day, without those of one terminal.
func PlacedUses(tx *database.Tx, b *books.Books, p *loyalty.Program, m loyalty.Moment, except ledger.TerminalID) (map[string]ledger.Points, error) {
	rights, err := b.From.Open(b.Holder)
	if err != nil {
		return nil, err
	}
	placed := map[string]ledger.Points{}
	for _, r := range rights {
		limit, use := r.Unit.Use()
		if !use || r.Terminal == except {
			continue
		}
		counts, err := DrawsIn(tx, r, p, m)
		if err != nil {
			return nil, err
		}
		if counts {
			placed[limit] += r.Rest()
		}
	}
	return placed, nil
}

// DrawsIn reports whether what is drawn by a right to uses may be drawn in the
// window of a moment's day.
func DrawsIn(tx *database.Tx, r *books.Right, p *loyalty.Program, m loyalty.Moment) (bool, error) {
	if r.Program != p.Ref().ID || !p.HasLimit(r.Unit) {
		return false, nil
	}
	begins, _ := p.UsePeriod(r.Unit, m)
	last, err := lastDay(tx, r)
	return last >= begins, err
}

// lastDay is the last date on which a right is spent, at its terminal's store.
func lastDay(tx *database.Tx, r *books.Right) (ledger.Date, error) {
	zone, err := ZoneOfTerminal(tx, r.Terminal)
	if err != nil {
		return "", err
	}
	return ledger.DateAt(r.SpendUntil, zone), nil
}

// IsRecalled reports whether a right was asked back.
func IsRecalled(tx *database.Tx, of books.Holder, id ledger.RightID) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM recall WHERE account = $1 AND right_id = $2`, of, id).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read recall: %w", err)
	}
	return n > 0, nil
}
