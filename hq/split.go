package hq

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// findSplit finds what a split or part is about. While a restored headquarters
// waits, the right may still be handed back.
func findSplit(tx *database.Tx, it *books.Item, b *books.Books) (err error) {
	if it.Splitting, err = splittingOf(tx, b, it.Entry); err != nil {
		return err
	}
	if it.Splitting.From == nil {
		if waits, err := waiting(tx); err != nil || waits {
			return errors.Join(err, &books.PassOver{Reason: "its right may still be handed back to a restored headquarters"})
		}
	}
	return dropHandedPart(tx, it.Split.Right.ID)
}

// splittingOf reads what a split or part is about.
func splittingOf(tx *database.Tx, b *books.Books, e *ledger.Entry) (s *books.Splitting, err error) {
	s = &books.Splitting{Split: e}
	if e.Kind == ledger.Part {
		if s.Split, err = readSplit(tx, e.Store, *e.Part); err != nil {
			return nil, err
		}
	}
	lane, err := readTerminal(tx, s.Split.Right.Terminal)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	s.To = books.Side{Store: lane.store, Hub: lane.hub}
	of, err := b.Right(s.Split.Right.Parent)
	if err != nil || of == nil {
		return s, err
	}
	hub, err := readTerminal(tx, of.Terminal)
	s.From = &books.Side{Store: hub.store, Hub: hub.hub}
	return s, err
}
