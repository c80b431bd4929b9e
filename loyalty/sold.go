package loyalty

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Sold is a sale as it was posted to an account, and what came back of it so
// far. The account must have the lots that its effect names.
type Sold struct {
	Sale   *ledger.Sale
	Effect Effect
	Backs  []Effect // of its returns and voids, in order
}

// Rest returns what is left of the sale.
func (s *Sold) Rest() (*Rest, error) { return s.restAfter(nil) }

func (s *Sold) restAfter(back *Back) (*Rest, error) {
	r, err := s.restCut(s.cuts(nil))
	if err != nil || back == nil {
		return r, err
	}
	return r, r.add(*back)
}

// restCut is the rest where limits took so much of what rules gave.
func (s *Sold) restCut(cuts map[string]ledger.Points) (*Rest, error) {
	r, err := RestOf(&ledger.Entry{ID: s.Effect.Entry, Sale: s.Sale, Postings: s.Effect.Postings()}, nil)
	if err != nil {
		return nil, err
	}
	for i := range s.Backs {
		if e := &s.Backs[i]; e.Kind == ledger.Correct {
			err = r.corrected(e.Postings())
		} else {
			err = r.add(e.back())
		}
		if err != nil {
			return nil, fmt.Errorf("returns of sale %s: %w", s.Effect.Entry, err)
		}
	}
	r.cutRules(cuts)
	return r, nil
}

// back is what a return or void took and gave back.
func (e *Effect) back() Back {
	b := Back{Lines: e.Back, Total: e.Total, Void: e.Void}
	for _, m := range e.Moves {
		if _, use := m.Unit.Use(); use {
			continue
		}
		if m.To == ledger.Issued || m.From == ledger.Redeemed {
			b.Postings = append(b.Postings, m.Posting)
		}
	}
	return b
}

// spent are the lots that paid for a reward, in the order they were taken.
func (s *Sold) spent(p ledger.Posting) (shares []ledger.LotShare) {
	for _, m := range s.Effect.Moves {
		if m.To == ledger.Redeemed && m.Unit == p.Unit && m.Reward == p.Reward {
			shares = append(shares, m.Lots...)
		}
	}
	return shares
}

// given is how much of a reward's cost earlier returns gave back.
func (s *Sold) given(p ledger.Posting) (sum ledger.Points) {
	for i := range s.Backs {
		for _, m := range s.Backs[i].Moves {
			if m.From == ledger.Redeemed && m.Unit == p.Unit && m.Reward == p.Reward {
				sum += m.Amount // at most what the sale spent
			}
		}
	}
	return sum
}

// clawed is how much of a unit earlier returns and corrections took back, less
// what corrections gave again.
func (s *Sold) clawed(unit ledger.Unit) (sum ledger.Points) {
	for i := range s.Backs {
		for _, m := range s.Backs[i].Moves {
			switch {
			case m.Unit != unit:
			case m.To == ledger.Issued:
				sum += m.Amount // at most what the sale earned
			case m.From == ledger.Issued:
				sum -= m.Amount
			}
		}
	}
	return sum
}

// earned are the lots that a sale made of a unit, with what each of its
// postings gave them, and last, without a lot, what paid a receivable: the order
// in which they are taken back.
func (s *Sold) earned(unit ledger.Unit) (parts []ledger.LotShare) {
	var paid ledger.Points
	for _, m := range s.Effect.Moves {
		switch {
		case m.From != ledger.Issued || m.Unit != unit:
		case m.To == ledger.Receivable:
			paid += m.Amount // at most what the sale earned
		default:
			parts = append(parts, m.Lots...)
		}
	}
	return append(parts, ledger.LotShare{Amount: paid})
}

// made are the lots that the sale, and corrections of it, made of a unit.
func (s *Sold) made(unit ledger.Unit) (names []string) {
	moves := slices.Clone(s.Effect.Moves)
	for i := range s.Backs {
		moves = append(moves, s.Backs[i].Moves...)
	}
	for _, m := range moves {
		if m.From != ledger.Issued || m.Unit != unit {
			continue
		}
		for _, share := range m.Lots {
			if !slices.Contains(names, share.Lot) {
				names = append(names, share.Lot)
			}
		}
	}
	return names
}
