package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// readSold returns a sale from a ledger, with what came back of it there and at
// whoever the account became, as far as the books go that it comes back to; nil
// where it does not stand there.
func readSold(tx *database.Tx, b *books.Books, of books.Holder, sale ledger.EntryID) (*books.Sold, error) {
	decisions, err := readDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, sale)
	if err != nil || len(decisions) == 0 {
		return nil, err
	}
	d := decisions[0]
	if d.Kind != ledger.Sold || d.Place == nil {
		return nil, &books.PassOver{Reason: fmt.Sprintf("it returns a %s, not a sale", d.Kind)}
	}
	s := &books.Sold{Program: d.Program, Sold: loyalty.Sold{Effect: d.Did()}}
	var body []byte
	err = tx.QueryRow(`
		SELECT body FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`,
		d.Place.Terminal, d.Place.Epoch, d.Place.Branch, d.Place.Seq).Scan(&body)
	if err != nil {
		return nil, fmt.Errorf("read sale: %w", err)
	}
	if s.Entry, err = ledger.Decode(body); err != nil {
		return nil, fmt.Errorf("read sale: %w", err)
	}
	s.Entry.Postings = books.Postings(d.Moves)
	s.Sold.Sale = s.Entry.Sale
	to, err := survivor(tx, of)
	if err != nil {
		return nil, err
	}
	returns, err := readDecisions(tx, `
		SELECT l.decided
		FROM sale_return r JOIN ledger l ON l.account = r.account AND l.n = r.n
		WHERE r.sale = $1 AND r.account IN (
			SELECT $2 UNION SELECT $3 UNION SELECT account FROM forward WHERE to_account = $3)
		  AND (r.account = $4 AND r.n <= $5 OR r.account <> $4 AND l.recorded_at_ms < $6)
		ORDER BY l.recorded_at_ms, r.n`, sale, of, to, b.Holder, b.N, b.Before)
	for _, r := range returns {
		s.Sold.Backs = append(s.Sold.Backs, r.Did())
	}
	return s, err
}

func readDecisions(tx *database.Tx, query string, args ...any) ([]*books.Decision, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	defer rows.Close()
	var all []*books.Decision
	for rows.Next() {
		var decided []byte
		if err := rows.Scan(&decided); err != nil {
			return nil, fmt.Errorf("read decisions: %w", err)
		}
		d := new(books.Decision)
		if err := ledger.DecodeJSON(decided, d); err != nil {
			return nil, fmt.Errorf("read decision: %w", err)
		}
		all = append(all, d)
	}
	return all, rows.Err()
}
