package books

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// CarriedRight is an open right on its way to the account that its own became: the
// same right, at the same terminal. What it holds are moves.
type CarriedRight struct {
	ledger.Right
	Spent    ledger.Points  `json:"spent,omitempty"`
	Returned ledger.Points  `json:"returned,omitempty"`
	Grant    ledger.EntryID `json:"grant"`
}

// releaseRights takes an account's open rights under a program out of it, what they
// hold by moves. In its ledger nothing of them is left; there they end as returned.
func (b *Books) releaseRights(d *Decision, left ledger.EntryID) error {
	open, err := b.From.Open(b.Holder)
	if err != nil {
		return err
	}
	for _, r := range open {
		if r.Program != d.Program {
			continue
		}
		held, err := b.Right(r.ID) // with its lots
		if err != nil {
			return err
		}
		d.Rights = append(d.Rights, CarriedRight{held.Right, held.Spent, held.Returned, held.Grant})
		if rest := held.Rest(); rest > 0 {
			out := ledger.Posting{Unit: held.Unit, Amount: rest, From: ledger.Escrow(held.ID), To: ledger.Transit(left), Right: held.ID}
			if err := d.add(b, loyalty.Move{Posting: out, Lots: held.first(rest)}, b.N+1); err != nil {
				return err
			}
		}
	}
	return b.endCarried(d, b.N+1)
}

// endCarried ends rights where they went from.
func (b *Books) endCarried(d *Decision, n uint64) error {
	for _, r := range d.Rights {
		if err := b.close(closing{r.ID, RightReturned}, n); err != nil {
			return err
		}
	}
	return nil
}

// keepCarried opens rights where they went to, before the moves that fill them.
func (b *Books) keepCarried(d *Decision, n uint64) {
	for _, r := range d.Rights {
		b.Rights[r.ID] = &Right{
			Right: r.Right, Spent: r.Spent, Returned: r.Returned, State: RightOpen, Grant: r.Grant, N: n, Changed: true,
		}
	}
}

// keepLane makes the lane of an account that became this one its own, where it has
// none under the program.
func (b *Books) keepLane(d *Decision) error {
	if d.Lane.IsZero() {
		return nil
	}
	if at, err := b.LaneOf(d.Program); err != nil || !at.IsZero() {
		return err
	}
	if b.Lane.Terminal.IsZero() {
		b.Lane = Lane{d.Lane, d.Program}
	} else {
		b.Lanes[d.Program] = d.Lane
	}
	return nil
}
