package hq

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A part of a right is a right of its own, filled from the one it is of: so what
// is spent of all parts and of the right itself is never more than was granted,
// and each ends by its own terminal's word, or when its right would.
//
// The hub's journal tells a split, and the lane's journal that it took the part;
// whichever comes first is posted, the other moves nothing.

func isSplit(e *ledger.Entry) bool { return e.Kind == ledger.Split || e.Kind == ledger.Part }

// splitting is a split that an entry tells, with what is known of its two sides.
type splitting struct {
	split *ledger.Entry
	hub   *terminal // of the right; nil where that is not known here
	lane  terminal
}

// findSplit finds what a split or part is about. While a restored headquarters
// waits, the right may still be handed back.
func (it *item) findSplit(tx *database.Tx, b *books) (err error) {
	if it.splitting, err = splittingOf(tx, b, it.entry); err != nil {
		return err
	}
	if it.hub == nil {
		if waits, err := waiting(tx); err != nil || waits {
			return errors.Join(err, &passOver{"its right may still be handed back to a restored headquarters"})
		}
	}
	return dropHandedPart(tx, it.split.Right.ID)
}

// splittingOf reads what a split or part is about.
func splittingOf(tx *database.Tx, b *books, e *ledger.Entry) (s *splitting, err error) {
	s = &splitting{split: e}
	if e.Kind == ledger.Part {
		if s.split, err = readSplit(tx, e.Store, *e.Part); err != nil {
			return nil, err
		}
	}
	if s.lane, err = readTerminal(tx, s.split.Right.Terminal); err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	of, err := b.right(s.split.Right.Parent)
	if err != nil || of == nil {
		return s, err
	}
	hub, err := readTerminal(tx, of.Terminal)
	s.hub = &hub
	return s, err
}

// splits makes a part of a right, as far as the right has it.
func (it *item) splits(b *books, d *decision, n uint64) error {
	part := *it.split.Right
	d.Program = part.Program
	stands, err := b.right(part.ID)
	if err != nil || stands != nil {
		return err
	}
	of, err := b.right(part.Parent)
	if err != nil {
		return err
	}
	why := it.notCovered(of)
	if why == nil && of.rest() < part.Amount {
		why = fmt.Errorf("its right has %d of %d left", of.rest(), part.Amount)
		part.Amount = of.rest()
	} else if why != nil {
		part.Amount = 0
	}
	if why != nil {
		d.Verdict = ledger.NotCovered
		it.events = append(it.events, event.Event{What: event.Split, Right: part.ID, Amount: it.split.Right.Amount, Reason: why.Error()})
	}
	if part.Amount == 0 {
		return nil
	}
	part.Lots = of.first(part.Amount)
	d.Grant = &part
	b.rights[part.ID] = newRight(&part, d.Entry)
	p := ledger.Posting{
		Unit: part.Unit, Amount: part.Amount, From: ledger.Escrow(of.ID), To: ledger.Escrow(part.ID), Right: part.ID,
	}
	return d.add(b, loyalty.Move{Posting: p, Lots: part.Lots}, n)
}

// notCovered says why a right has nothing for a part; nil where it may have.
func (it *item) notCovered(of *heldRight) error {
	s := it.splitting
	part := s.split.Right
	switch {
	case of == nil || of.state != rightOpen:
		return errors.New("its right is not open")
	case !s.hub.hub:
		return errors.New("its right is not a hub's")
	case it.entry.Kind == ledger.Split && !of.serves(it.written(), of.of()):
		return errors.New("it was not split by the terminal that has the right")
	case it.entry.Kind == ledger.Part && !part.BoundTo(it.written()):
		return errors.New("it was taken by another terminal than it was given to")
	case s.lane.store != s.hub.store:
		return errors.New("it was given to a terminal of another store")
	}
	return part.PartOf(&of.Right)
}
