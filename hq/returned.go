package hq

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
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
	moves   []move
	before  []loyalty.Back
}

// isReturn reports whether an entry is about another terminal's or its own sale.
func isReturn(e *ledger.Entry) bool { return e.Kind == ledger.Returned || e.Kind == ledger.Voided }

// readSold returns a sale from a ledger; nil where it does not stand there.
func readSold(tx *sqlitedb.Tx, of holder, sale ledger.EntryID) (*sold, error) {
	decisions, err := readDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, sale)
	if err != nil || len(decisions) == 0 {
		return nil, err
	}
	d := decisions[0]
	if d.Kind != ledger.Sold || d.Place == nil {
		return nil, &passOver{fmt.Sprintf("it returns a %s, not a sale", d.Kind)}
	}
	s := &sold{program: d.Program, moves: d.Moves}
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
	returns, err := readDecisions(tx, `
		SELECT l.decided
		FROM sale_return r JOIN ledger l ON l.account = r.account AND l.n = r.n
		WHERE r.account = $1 AND r.sale = $2
		ORDER BY r.n`, of, sale)
	for _, r := range returns {
		s.before = append(s.before, loyalty.Back{Lines: r.Back, Total: r.Total, Postings: r.backPostings()})
	}
	return s, err
}

func readDecisions(tx *sqlitedb.Tx, query string, args ...any) ([]*decision, error) {
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

func postings(moves []move) []ledger.Posting {
	all := make([]ledger.Posting, len(moves))
	for i, m := range moves {
		all[i] = m.Posting
	}
	return all
}

// backPostings are those that took or gave something back; units that had
// lapsed and went on to expire came back first.
func (d *decision) backPostings() (back []ledger.Posting) {
	for _, p := range postings(d.Moves) {
		if p.To == ledger.Issued || p.From == ledger.Redeemed {
			back = append(back, p)
		}
	}
	return back
}

// comeBack decides a return: as far as it is left of the sale, by what the
// terminal told the customer as far as that fits.
func (it *item) comeBack(b *books, d *decision, n uint64) error {
	if it.duplicate != "" {
		d.Verdict = it.duplicate
		return nil
	}
	rest, err := loyalty.RestOf(it.sold.entry, it.sold.before)
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
	if !it.entry.Return.Of.Entry.IsZero() {
		back.Postings = back.AsTold(it.entry.Postings)
	}
	for _, gives := range []bool{true, false} { // so that nothing is owed in between
		for _, p := range back.Postings {
			if (p.From == ledger.Redeemed) != gives {
				continue
			}
			do := it.clawBack
			if gives {
				do = it.rejoin
			}
			if err := do(b, d, p, n); err != nil {
				return err
			}
		}
	}
	b.noteReturn(d, n)
	return nil
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
		wish = loyalty.Wish{All: true}
	case len(r.Lines) == 0:
		wish.Gross = r.Total
	}
	back, cut, err := rest.Fit(wish)
	return back, excess || cut != nil, err
}

// clawBack takes units that the sale earned: out of the lots it made, then out
// of the account's others in order of spending. What is no longer there, or set
// aside in rights, is owed.
func (it *item) clawBack(b *books, d *decision, p ledger.Posting, n uint64) error {
	names, err := b.toTake(balanceKey{d.Program, p.Unit}, it.sold.made(p.Unit), p.From == ledger.Pending)
	if err != nil {
		return err
	}
	left := p.Amount
	taken := map[ledger.LedgerAccount][]ledger.LotShare{}
	for _, name := range names {
		l, err := b.lot(name)
		if err != nil {
			return err
		}
		from := ledger.Available
		if l.pending {
			from = ledger.Pending
		}
		if part := min(l.rest, left); part > 0 {
			taken[from] = append(taken[from], ledger.LotShare{Lot: name, Amount: part})
			left -= part
		}
	}
	for _, from := range []ledger.LedgerAccount{ledger.Pending, ledger.Available} {
		if p.From, p.Amount = from, sharesSum(taken[from]); p.Amount > 0 {
			if err := d.add(b, move{p, taken[from]}, n); err != nil {
				return err
			}
		}
	}
	if left == 0 {
		return nil
	}
	p.From, p.Amount = ledger.Receivable, left
	return d.add(b, move{Posting: p}, n)
}

// made are the lots that the sale made of a unit.
func (s *sold) made(unit ledger.Unit) (names []string) {
	for _, m := range s.moves {
		if m.From != ledger.Issued || m.Unit != unit {
			continue
		}
		for _, share := range m.Lots {
			names = append(names, share.Lot)
		}
	}
	return names
}

// rejoin gives back what a reward of the sale had cost, to the lots it came
// from, and pays what is owed first. A lot that has lapsed meanwhile expires
// then. What was never the member's, because the spend was booked to loss, goes
// back there, last.
func (it *item) rejoin(b *books, d *decision, p ledger.Posting, n uint64) error {
	shares := between(it.sold.spent(p), it.sold.given(p), p.Amount)
	if lost := p.Amount - sharesSum(shares); lost > 0 {
		if d.Verdict == ledger.Posted {
			d.Verdict = ledger.LossFunded
		}
		q := p
		q.To, q.Amount = ledger.Loss, lost
		if err := d.add(b, move{Posting: q}, n); err != nil {
			return err
		}
	}
	have, err := b.balance(balanceKey{d.Program, p.Unit})
	if err != nil {
		return err
	}
	if owed := min(have.receivable, sharesSum(shares)); owed > 0 {
		q := p
		q.To, q.Amount = ledger.Receivable, owed
		if err := d.add(b, move{Posting: q}, n); err != nil {
			return err
		}
		shares = between(shares, owed, sharesSum(shares)-owed)
	}
	if p.Amount = sharesSum(shares); p.Amount == 0 {
		return nil
	}
	if err := d.add(b, move{p, shares}, n); err != nil {
		return err
	}
	return it.expire(b, d, p, shares, n)
}

// expire ends what came back to lots that have lapsed.
func (it *item) expire(b *books, d *decision, p ledger.Posting, shares []ledger.LotShare, n uint64) error {
	var lapsed []ledger.LotShare
	for _, share := range shares {
		l, err := b.lot(share.Lot)
		if err != nil {
			return err
		}
		if l.terms.ExpiresAt > 0 && l.terms.ExpiresAt <= d.At {
			lapsed = append(lapsed, share)
		}
	}
	if len(lapsed) == 0 {
		return nil
	}
	p.From, p.To, p.Amount = ledger.Available, ledger.Expired, sharesSum(lapsed)
	return d.add(b, move{p, lapsed}, n)
}

// spent are the lots that paid for a reward, in the order they were taken.
func (s *sold) spent(p ledger.Posting) (shares []ledger.LotShare) {
	for _, m := range s.moves {
		if m.To == ledger.Redeemed && m.Unit == p.Unit && m.Reward == p.Reward {
			shares = append(shares, m.Lots...)
		}
	}
	return shares
}

// given is how much of a reward's cost earlier returns gave back.
func (s *sold) given(p ledger.Posting) (sum ledger.Points) {
	for _, b := range s.before {
		for _, q := range b.Postings {
			if q.From == ledger.Redeemed && q.Unit == p.Unit && q.Reward == p.Reward {
				sum += q.Amount // at most what the sale spent
			}
		}
	}
	return sum
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

func sharesSum(shares []ledger.LotShare) (sum ledger.Points) {
	for _, share := range shares {
		sum += share.Amount // parts of one posting's amount
	}
	return sum
}

// errParked says that a return waits for its sale.
var errParked = errors.New("its sale is not here yet")
