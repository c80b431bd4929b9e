package records

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// HasEntry reports whether a ledger has a row of this entry.
func HasEntry(tx *database.Tx, of books.Holder, entry ledger.EntryID) (bool, error) {
	var one int
	err := tx.QueryRow(`SELECT 1 FROM ledger WHERE account = $1 AND entry = $2`, of, entry).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up entry: %w", err)
	}
	return true, nil
}

// CountsAt reports whether a ledger has an entry by a place, and counts it.
func CountsAt(tx *database.Tx, of books.Holder, entry ledger.EntryID, at ledger.Place) (bool, error) {
	decisions, err := ReadDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, entry)
	if err != nil || len(decisions) == 0 {
		return false, err
	}
	d := decisions[0]
	return d.Place != nil && *d.Place == at && d.Counts(), nil
}

// BodyOf reads the entry of a decision, a till's or headquarters' own, as it was
// written.
func BodyOf(tx *database.Tx, of books.Holder, d *books.Decision) (body []byte, err error) {
	if p := d.Place; p != nil {
		err = tx.QueryRow(`
			SELECT body FROM intake
			WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`, p.Terminal, p.Epoch, p.Branch, p.Seq).Scan(&body)
	} else {
		err = tx.QueryRow(`SELECT body FROM own_entry WHERE account = $1 AND entry = $2`, of, d.Entry).Scan(&body)
	}
	if err != nil {
		return nil, fmt.Errorf("read entry %s: %w", d.Entry, err)
	}
	return body, nil
}

// ReadDecisions returns what the rows say that a query selects.
func ReadDecisions(tx *database.Tx, query string, args ...any) ([]*books.Decision, error) {
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
		d, err := books.ReadDecision(decided)
		if err != nil {
			return nil, fmt.Errorf("read decision: %w", err)
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

// ReadSold returns a sale from a ledger, with what came back of it there and at
// whoever the account became, as far as the books go that it comes back to; nil
// where it does not stand there.
func ReadSold(tx *database.Tx, b *books.Books, of books.Holder, sale ledger.EntryID) (*books.Sold, error) {
	decisions, err := ReadDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, sale)
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
	to, err := Survivor(tx, of)
	if err != nil {
		return nil, err
	}
	returns, err := ReadDecisions(tx, `
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

// OwnEntry returns an entry of headquarters' own.
func OwnEntry(tx *database.Tx, of books.Holder, id ledger.EntryID) (*ledger.Entry, error) {
	var body []byte
	if err := tx.QueryRow(`SELECT body FROM own_entry WHERE account = $1 AND entry = $2`, of, id).Scan(&body); err != nil {
		return nil, fmt.Errorf("read entry %s: %w", id, err)
	}
	return ledger.Decode(body)
}

// ReadEffects returns what a ledger decided under a program since a day, up to its
// last row, in order.
func ReadEffects(tx *database.Tx, b *books.Books, program string, since ledger.Date) ([]loyalty.Effect, error) {
	decisions, err := ReadDecisions(tx, `
		SELECT decided FROM ledger
		WHERE account = $1 AND recorded_at_ms >= $2 AND n <= $3
		ORDER BY n`, b.Holder, recordedFrom(since), b.N)
	var effects []loyalty.Effect
	for _, d := range decisions {
		if d.Program == program {
			effects = append(effects, d.Did())
		}
	}
	return effects, err
}

// ReadDrawn returns an entry that drew on limits, with what came back of it.
func ReadDrawn(tx *database.Tx, b *books.Books, effects []loyalty.Effect, entry ledger.EntryID) (*loyalty.Sold, error) {
	s := &loyalty.Sold{Sale: new(ledger.Sale)} // an activity has no lines
	for _, e := range effects {
		switch {
		case e.Entry == entry && e.Kind == ledger.Sold:
			sold, err := ReadSold(tx, b, b.Holder, entry)
			if err != nil {
				return nil, err
			}
			return &sold.Sold, nil
		case e.Entry == entry:
			s.Effect = e
		case e.Sale == entry:
			s.Backs = append(s.Backs, e)
		}
	}
	return s, nil
}

// recordedFrom is an instant before which no entry of a day, in whichever zone, is
// recorded; empty is always.
func recordedFrom(day ledger.Date) ledger.Millis {
	begin, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return 0
	}
	return ledger.MillisOf(begin.AddDate(0, 0, -1))
}

// ReadLeft reads the row and the entry with which something left.
func ReadLeft(tx *database.Tx, o books.Handover) (*books.Decision, *ledger.Entry, error) {
	rows, err := ReadDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, o.From, o.Left)
	if err != nil {
		return nil, nil, err
	}
	if len(rows) == 0 {
		return nil, nil, fmt.Errorf("%s is not in the ledger that it left", o.Left)
	}
	sent, err := OwnEntry(tx, o.From, o.Left)
	return rows[0], sent, err
}
