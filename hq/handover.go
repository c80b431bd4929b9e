package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// What leaves one account for another is two entries: one takes it out, with the
// intent in the same transaction, the other posts it, under an id that is made of
// the first.

// arrivalOf is the entry by which arrives what left with another.
func arrivalOf(left ledger.EntryID) ledger.EntryID {
	return ledger.EntryID(ownID("arrival", left.String()))
}

// handover is what left one account for another.
type handover struct {
	from, to holder
	left     ledger.EntryID
}

// takeOver posts to their accounts what left others, and returns how many it
// posted.
func (h *Headquarters) takeOver(ctx context.Context) (int, error) {
	var due []handover
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		due, err = readHandovers(tx)
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	err = h.update(ctx, func(tx *database.Tx) error {
		for _, o := range due {
			if err := h.takeOverOne(tx, o); err != nil {
				return fmt.Errorf("take over what left with %s: %w", o.left, err)
			}
			if _, err := tx.Exec(`DELETE FROM handover WHERE account = $1 AND entry = $2`, o.from, o.left); err != nil {
				return err
			}
		}
		return nil
	})
	return len(due), err
}

func readHandovers(tx *database.Tx) (due []handover, err error) {
	rows, err := tx.Query(`SELECT account, entry, to_account FROM handover ORDER BY account, entry LIMIT $1`, chunk)
	if err != nil {
		return nil, fmt.Errorf("read what left: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var o handover
		if err := rows.Scan(&o.from, &o.left, &o.to); err != nil {
			return nil, fmt.Errorf("read what left: %w", err)
		}
		due = append(due, o)
	}
	return due, rows.Err()
}

// takeOverOne posts what left one account to the other, once.
func (h *Headquarters) takeOverOne(tx *database.Tx, o handover) error {
	to, err := survivor(tx, o.to)
	if err != nil {
		return err
	}
	id := arrivalOf(o.left)
	if stands, err := hasEntry(tx, to, id); stands || err != nil {
		return err
	}
	left, err := ownEntry(tx, o.from, o.left)
	if err != nil {
		return err
	}
	from, err := openBooks(tx, o.from)
	if err != nil {
		return err
	}
	m := loyalty.Moment{At: left.At}
	if m.Zone, err = zoneOfLane(tx, from, left.Program.ID); err != nil {
		return err
	}
	b, err := openBooks(tx, to)
	if err != nil {
		return err
	}
	a, err := b.account(left.Program.ID)
	if err != nil {
		return err
	}
	a.State.Rows = b.n
	effect, err := a.TakeOver(h.programOf(left.Program, "", m.At, m.Zone), id, m, left.Postings)
	if err != nil {
		return err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: id, Kind: ledger.Transfer, At: left.At, Day: effect.Day, Subject: ledger.Subject(to), Program: left.Program,
		Postings: effect.Postings(), Transfer: &ledger.TransferOf{Entry: o.left, Account: from.holder.chainID()},
	}
	d := &decision{Program: left.Program.ID}
	d.do(a, effect)
	return h.enterOwn(tx, b, e, d, ledger.MillisOf(h.now()))
}
