package hq

import (
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A return is about its sale: it is posted to the ledger where that stands,
// whoever is named on it. What it takes and gives back is decided from what
// the ledger has of the sale, not from what its terminal knew.

// sold is a sale as its ledger has it, with the returns of it so far.
type sold struct {
	program string
	entry   *ledger.Entry // with the postings that were decided
	sold    loyalty.Sold
}

// isReturn reports whether an entry is about another terminal's or its own sale.
func isReturn(e *ledger.Entry) bool { return e.Kind == ledger.Returned || e.Kind == ledger.Voided }

// readSold returns a sale from a ledger, with what came back of it there and at
// whoever the account became, as far as the books go that it comes back to; nil
// where it does not stand there.
func readSold(tx *database.Tx, b *books, of holder, sale ledger.EntryID) (*sold, error) {
	decisions, err := readDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, sale)
	if err != nil || len(decisions) == 0 {
		return nil, err
	}
	d := decisions[0]
	if d.Kind != ledger.Sold || d.Place == nil {
		return nil, &passOver{fmt.Sprintf("it returns a %s, not a sale", d.Kind)}
	}
	s := &sold{program: d.Program, sold: loyalty.Sold{Effect: d.effect()}}
	var body []byte
	err = tx.QueryRow(`
		SELECT body FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`,
		d.Place.Terminal, d.Place.Epoch, d.Place.Branch, d.Place.Seq).Scan(&body)
	if err != nil {
		return nil, fmt.Errorf("read sale: %w", err)
	}
	if s.entry, err = ledger.Decode(body); err != nil {
		return nil, fmt.Errorf("read sale: %w", err)
	}
	s.entry.Postings = postings(d.Moves)
	s.sold.Sale = s.entry.Sale
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
		ORDER BY l.recorded_at_ms, r.n`, sale, of, to, b.holder, b.n, b.before)
	for _, r := range returns {
		s.sold.Backs = append(s.sold.Backs, r.effect())
	}
	return s, err
}

func readDecisions(tx *database.Tx, query string, args ...any) ([]*decision, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	defer rows.Close()
	var all []*decision
	for rows.Next() {
		var decided []byte
		if err := rows.Scan(&decided); err != nil {
			return nil, fmt.Errorf("read decisions: %w", err)
		}
		d := new(decision)
		if err := ledger.DecodeJSON(decided, d); err != nil {
			return nil, fmt.Errorf("read decision: %w", err)
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

func postings(moves []loyalty.Move) []ledger.Posting {
	all := make([]ledger.Posting, len(moves))
	for i, m := range moves {
		all[i] = m.Posting
	}
	return all
}

// effect is all that was decided, as what the account did.
func (d *decision) effect() loyalty.Effect {
	e := loyalty.Effect{
		Entry: d.Entry, Kind: d.Kind, At: d.At, Sale: d.Sale, Back: d.Back, Total: d.Total, Void: d.Kind == ledger.Voided,
	}
	if d.Effect != nil {
		e = *d.Effect
	}
	e.Moves = d.Moves
	return e
}

// comeBack decides a return as far as it is left of the sale: all that is due
// for what came back by now, at whichever tills. Where two of them met on one
// sale, that is a unit more for a rule's line than the later one told at most.
func (it *item) comeBack(b *books, d *decision) error {
	if it.duplicate != "" {
		d.Verdict = it.duplicate
		return nil
	}
	rest, err := it.sold.sold.Rest()
	if err != nil {
		return &passOver{err.Error()}
	}
	back, excess, err := it.fit(rest)
	if err != nil {
		return &passOver{err.Error()}
	}
	if excess {
		d.Verdict = ledger.ExcessReturn
	}
	d.Program, d.Sale, d.Back, d.Total = it.sold.program, it.sale, back.Lines, back.Total
	a, err := b.returning(it.sold)
	if err != nil {
		return err
	}
	effect, err := a.Return(it.program, loyalty.Returned{Entry: d.Entry, Kind: d.Kind, Moment: it.moment()}, &it.sold.sold, back)
	if err != nil {
		return &passOver{err.Error()}
	}
	d.do(a, effect)
	if effect.Void {
		if err := it.unspend(b, d); err != nil {
			return err
		}
	}
	if d.lossReturned() && d.Verdict == ledger.Posted {
		d.Verdict = ledger.LossFunded
	}
	b.noteReturn(d, b.n+1)
	return nil
}

// returning is the account of a sale that comes back, with all lots that it, and
// corrections of it, made or spent.
func (b *books) returning(s *sold) (*account, error) {
	a, err := b.account(s.program)
	if err != nil {
		return nil, err
	}
	moves := s.sold.Effect.Moves
	for i := range s.sold.Backs {
		moves = slices.Concat(moves, s.sold.Backs[i].Moves)
	}
	for _, m := range moves {
		if err := b.need(s.program, m.Lots); err != nil {
			return nil, err
		}
	}
	a.State.Rows = b.n
	return a, nil
}

// lossReturned reports whether something went back to the loss that had paid
// for it.
func (d *decision) lossReturned() bool {
	return slices.ContainsFunc(d.Moves, func(m loyalty.Move) bool { return m.To == ledger.Loss })
}

// fit asks for what the return says came back. A terminal that did not have
// the sale may say an amount alone. Lines it names are the basket's: where only
// their sums were kept, its amount is all that can be taken from them.
func (it *item) fit(rest *loyalty.Rest) (back loyalty.Back, excess bool, err error) {
	r := it.entry.Return
	var wish loyalty.Wish
	if it.sold.entry.Sale.Condensed && r.Of.Entry.IsZero() && len(r.Lines) > 0 {
		back, cut, err := rest.Fit(loyalty.Wish{Gross: r.Total})
		return back, cut != nil || r.Total == 0, err
	}
	for _, line := range r.Lines {
		if line.Line < len(it.sold.entry.Sale.Lines) {
			wish.Lines = append(wish.Lines, line)
		} else {
			excess = true
		}
	}
	switch {
	case it.entry.Kind == ledger.Voided || len(it.sold.entry.Sale.Lines) == 0:
		_, told, err := rest.Fit(wish)
		if err != nil {
			return loyalty.Back{}, false, err
		}
		excess = excess || told != nil
		wish = loyalty.Wish{All: true, Void: it.entry.Kind == ledger.Voided}
	case len(r.Lines) == 0:
		wish.Gross = r.Total
	}
	back, cut, err := rest.Fit(wish)
	return back, excess || cut != nil, err
}

// between returns the shares from one amount on, as many as there are up to
// another more.
func between(shares []ledger.LotShare, skip, amount ledger.Points) (part []ledger.LotShare) {
	for _, share := range shares {
		skipped := min(skip, share.Amount)
		skip -= skipped
		share.Amount = min(share.Amount-skipped, amount)
		amount -= share.Amount
		if share.Amount > 0 {
			part = append(part, share)
		}
	}
	return part
}

// errParked says that a return waits for its sale.
var errParked = errors.New("its sale is not here yet")
