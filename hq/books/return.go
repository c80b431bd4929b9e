package books

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A return is about its sale: it is posted to the ledger where that stands,
// whoever is named on it. What it takes and gives back is decided from what
// the ledger has of the sale, not from what its terminal knew.

// Sold is a sale as its ledger has it, with the returns of it so far.
type Sold struct {
	Program string
	Entry   *ledger.Entry // with the postings that were decided
	Sold    loyalty.Sold
}

// IsReturn reports whether an entry is about another terminal's or its own sale.
func IsReturn(e *ledger.Entry) bool { return e.Kind == ledger.Returned || e.Kind == ledger.Voided }

// comeBack decides a return as far as it is left of the sale: all that is due
// for what came back by now, at whichever tills. Where two of them met on one
// sale, that is a unit more for a rule's line than the later one told at most.
func (it *Item) comeBack(b *Books, d *Decision) error {
	if it.Duplicate != "" {
		d.Verdict = it.Duplicate
		return nil
	}
	rest, err := it.Sold.Sold.Rest()
	if err != nil {
		return &PassOver{err.Error()}
	}
	back, excess, err := it.fit(rest)
	if err != nil {
		return &PassOver{err.Error()}
	}
	if excess {
		d.Verdict = ledger.ExcessReturn
	}
	d.Program, d.Sale, d.Back, d.Total = it.Sold.Program, it.Sale, back.Lines, back.Total
	a, err := b.returning(it.Sold)
	if err != nil {
		return err
	}
	effect, err := a.Return(it.Program, loyalty.Returned{Entry: d.Entry, Kind: d.Kind, Moment: it.Moment()}, &it.Sold.Sold, back)
	if err != nil {
		return &PassOver{err.Error()}
	}
	d.Do(a, effect)
	if effect.Void {
		if err := it.unspend(b, d); err != nil {
			return err
		}
	}
	if d.lossReturned() && d.Verdict == ledger.Posted {
		d.Verdict = ledger.LossFunded
	}
	b.noteReturn(d, b.N+1)
	return nil
}

// returning is the account of a sale that comes back, with all lots that it, and
// corrections of it, made or spent.
func (b *Books) returning(s *Sold) (*Account, error) {
	a, err := b.Account(s.Program)
	if err != nil {
		return nil, err
	}
	moves := s.Sold.Effect.Moves
	for i := range s.Sold.Backs {
		moves = slices.Concat(moves, s.Sold.Backs[i].Moves)
	}
	for _, m := range moves {
		if err := b.need(s.Program, m.Lots); err != nil {
			return nil, err
		}
	}
	a.State.Rows = b.N
	return a, nil
}

// lossReturned reports whether something went back to the loss that had paid
// for it.
func (d *Decision) lossReturned() bool {
	return slices.ContainsFunc(d.Moves, func(m loyalty.Move) bool { return m.To == ledger.Loss })
}

// fit asks for what the return says came back. A terminal that did not have
// the sale may say an amount alone. Lines it names are the basket's: where only
// their sums were kept, its amount is all that can be taken from them.
func (it *Item) fit(rest *loyalty.Rest) (back loyalty.Back, excess bool, err error) {
	r := it.Entry.Return
	var wish loyalty.Wish
	if it.Sold.Entry.Sale.Condensed && r.Of.Entry.IsZero() && len(r.Lines) > 0 {
		back, cut, err := rest.Fit(loyalty.Wish{Gross: r.Total})
		return back, cut != nil || r.Total == 0, err
	}
	for _, line := range r.Lines {
		if line.Line < len(it.Sold.Entry.Sale.Lines) {
			wish.Lines = append(wish.Lines, line)
		} else {
			excess = true
		}
	}
	switch {
	case it.Entry.Kind == ledger.Voided || len(it.Sold.Entry.Sale.Lines) == 0:
		_, told, err := rest.Fit(wish)
		if err != nil {
			return loyalty.Back{}, false, err
		}
		excess = excess || told != nil
		wish = loyalty.Wish{All: true, Void: it.Entry.Kind == ledger.Voided}
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

// unspend takes a void sale's uses out of what was spent: its limits have them
// again, and a loss that one was booked to is none.
func (it *Item) unspend(b *Books, d *Decision) error {
	for _, m := range it.Sold.Sold.Effect.Moves {
		if _, use := m.Unit.Use(); !use || m.To != ledger.Redeemed {
			continue
		}
		back := ledger.Posting{Unit: m.Unit, Amount: m.Amount, From: ledger.Redeemed, To: ledger.Issued, Reward: m.Reward}
		if m.From == ledger.Loss {
			back.To = ledger.Loss
		}
		if err := d.add(b, loyalty.Move{Posting: back}, b.N+1); err != nil {
			return err
		}
	}
	return nil
}

// worth is what the rewards gave in money for which nothing was paid but a use
// that was lost, in minor units of the sale's currency.
func (it *Item) worth(d *Decision) (sum ledger.Minor) {
	if it.Entry.Sale == nil {
		return 0
	}
	for _, taken := range it.Entry.Sale.Rewards {
		lost, paid := false, false
		for _, m := range d.Moves {
			if m.Reward != taken.Reward || m.To != ledger.Redeemed {
				continue
			}
			_, use := m.Unit.Use()
			lost, paid = lost || use && m.From == ledger.Loss, paid || !use
		}
		if lost && !paid {
			sum += taken.Discount + taken.Value // one of them, within the sale's
		}
	}
	return sum
}
