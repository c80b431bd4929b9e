package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// An account that became another's gives up all that its ledger has: units, debts,
// rights and what programs remember leave by a transfer under each, with the
// intent, and arrive by another (handover.go). So is again what comes to its ledger
// later, however that came about. Until it is done nothing else is projected: what
// a till spends of a right is the survivor's to pay.

// gather moves on what accounts have that became another's, and what is on its way
// from an earlier time. It returns how many transfers arrived. What cannot be moved
// holds up nobody, and is tried again.
func (h *Headquarters) gather(ctx context.Context) (arrived int, err error) {
	_, err = toTheEnd(ctx, h, readToEmpty, func(due []books.Holder) (int, error) {
		done, err := eachMoved(ctx, h, due, h.emptyForward, func(tx *database.Tx, of books.Holder, reason string) {
			h.noteStuck(tx, ledger.EntryID(books.OwnID("gather", string(of))), event.Event{Account: string(of), Reason: reason})
		})
		return len(done), err
	})
	if err != nil {
		return 0, fmt.Errorf("move on what accounts have: %w", err)
	}
	return h.takeOver(ctx)
}

func readToEmpty(tx *database.Tx, behind int) ([]books.Holder, error) {
	return records.ReadHolders(tx, `
		SELECT account FROM forward
		WHERE to_empty = 1
		ORDER BY account
		LIMIT $1 OFFSET $2`, chunk, behind)
}

// emptyForward lets all that an account has leave for the one that it became.
func (h *Headquarters) emptyForward(tx *database.Tx, of books.Holder) error {
	to, err := records.Survivor(tx, of)
	if err != nil {
		return err
	}
	programs, err := records.ProgramsOf(tx, of)
	if err != nil {
		return err
	}
	for _, program := range programs {
		if err := h.goOver(tx, of, to, program); err != nil {
			return fmt.Errorf("program %s: %w", program, err)
		}
	}
	if _, err := tx.Exec(`UPDATE forward SET to_empty = 0 WHERE account = $1`, of); err != nil {
		return err
	}
	return countPlaces(tx, of, to)
}

// countPlaces lets the survivor count the terminals up to where the other did: all
// before is in what comes over.
func countPlaces(tx *database.Tx, of, to books.Holder) error {
	places, err := readPlaces(tx, of)
	if err != nil {
		return err
	}
	for _, met := range places {
		if err := posting.NotePlace(tx, to, met); err != nil {
			return err
		}
	}
	return posting.Touch(tx, to)
}

// goOver takes what an account has under a program, its open rights among it, and
// keeps with it where it is to arrive.
func (h *Headquarters) goOver(tx *database.Tx, of, to books.Holder, program string) error {
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return err
	}
	m := loyalty.Moment{At: ledger.MillisOf(h.now())}
	if m.Zone, err = records.ZoneOfLane(tx, b, program); err != nil {
		return err
	}
	account, _ := to.Account()
	e, d, err := b.GoingOver(h.programOf(&ledger.ProgramRef{ID: program}, "", m.At, m.Zone), program, account, m)
	if err != nil || e == nil {
		return err
	}
	if err := posting.EnterOwn(tx, h.keys, b, e, d, m.At); err != nil {
		return err
	}
	return intendHandover(tx, books.Handover{From: of, To: to, Left: e.ID})
}
