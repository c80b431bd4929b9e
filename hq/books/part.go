package books

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A part of a right is a right of its own, filled from the one it is of: so what
// is spent of all parts and of the right itself is never more than was granted,
// and each ends by its own terminal's word, or when its right would.
//
// The hub's journal tells a split, and the lane's journal that it took the part;
// whichever comes first is posted, the other moves nothing.

// IsSplit reports whether an entry tells a split, at either of its sides.
func IsSplit(e *ledger.Entry) bool { return e.Kind == ledger.Split || e.Kind == ledger.Part }

// Splitting is a split that an entry tells, with what is known of its two sides.
type Splitting struct {
	Split *ledger.Entry
	From  *Side // of the right; nil where that is not known here
	To    Side
}

// Side is a terminal that a split is between: its store, and whether it is a hub.
type Side struct {
	Store ledger.StoreID
	Hub   bool
}

// splits makes a part of a right, as far as the right has it.
func (it *Item) splits(b *Books, d *Decision, n uint64) error {
	part := *it.Split.Right
	d.Program = part.Program
	stands, err := b.Right(part.ID)
	if err != nil || stands != nil {
		return err
	}
	of, err := b.Right(part.Parent)
	if err != nil {
		return err
	}
	why := it.notCovered(of)
	if why == nil && of.Rest() < part.Amount {
		why = fmt.Errorf("its right has %d of %d left", of.Rest(), part.Amount)
		part.Amount = of.Rest()
	} else if why != nil {
		part.Amount = 0
	}
	if why != nil {
		d.Verdict = ledger.NotCovered
		it.Events = append(it.Events, event.Event{What: event.Split, Right: part.ID, Amount: it.Split.Right.Amount, Reason: why.Error()})
	}
	if part.Amount == 0 {
		return nil
	}
	part.Lots = of.first(part.Amount)
	d.Grant = &part
	b.Rights[part.ID] = newRight(&part, d.Entry)
	p := ledger.Posting{
		Unit: part.Unit, Amount: part.Amount, From: ledger.Escrow(of.ID), To: ledger.Escrow(part.ID), Right: part.ID,
	}
	return d.add(b, loyalty.Move{Posting: p, Lots: part.Lots}, n)
}

// notCovered says why a right has nothing for a part; nil where it may have.
func (it *Item) notCovered(of *Right) error {
	s := it.Splitting
	part := s.Split.Right
	switch {
	case of == nil || of.State != RightOpen:
		return errors.New("its right is not open")
	case !s.From.Hub:
		return errors.New("its right is not a hub's")
	case it.Entry.Kind == ledger.Split && !of.serves(it.Written(), of.Of()):
		return errors.New("it was not split by the terminal that has the right")
	case it.Entry.Kind == ledger.Part && !part.BoundTo(it.Written()):
		return errors.New("it was taken by another terminal than it was given to")
	case s.To.Store != s.From.Store:
		return errors.New("it was given to a terminal of another store")
	}
	return part.PartOf(&of.Right)
}
