package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/event"
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
	done, err := eachMoved(ctx, h, due, h.takeOverOne, func(tx *database.Tx, o handover, reason string) {
		h.noteStuck(tx, o.left, event.Event{Entry: o.left, Account: string(o.to), Reason: reason})
	})
	if err != nil {
		return 0, fmt.Errorf("take over what left: %w", err)
	}
	return len(done), nil
}

// intendHandover keeps, in the transaction of what leaves, where it is to arrive.
func intendHandover(tx *database.Tx, o handover) error {
	_, err := tx.Exec(`INSERT INTO handover (account, entry, to_account) VALUES ($1, $2, $3)`, o.from, o.left, o.to)
	if err != nil {
		return fmt.Errorf("keep what leaves: %w", err)
	}
	return nil
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
	stands, err := hasEntry(tx, to, arrivalOf(o.left))
	if err == nil && !stands {
		err = h.postArrival(tx, handover{from: o.from, to: to, left: o.left})
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM handover WHERE account = $1 AND entry = $2`, o.from, o.left)
	return err
}

// postArrival posts what was agreed, or all of an account that became another's, as
// the row says with which it left.
func (h *Headquarters) postArrival(tx *database.Tx, o handover) error {
	left, sent, err := readLeft(tx, o)
	if err != nil {
		return err
	}
	from, err := openBooks(tx, o.from)
	if err != nil {
		return err
	}
	m := loyalty.Moment{At: left.At}
	if m.Zone, err = zoneOfLane(tx, from, left.Program); err != nil {
		return err
	}
	b, err := openBooks(tx, o.to)
	if err != nil {
		return err
	}
	e, d, err := b.arriving(h.programOf(sent.Program, "", m.At, m.Zone), o, m, left, sent)
	if err != nil {
		return err
	}
	if err := h.enterOwn(tx, b, e, d, ledger.MillisOf(h.now())); err != nil || left.Effect.Gone == nil {
		return err
	}
	return keepRights(tx, o, d)
}

// arriving decides with what arrives what left another ledger.
func (b *books) arriving(p *loyalty.Program, o handover, m loyalty.Moment, left *decision, sent *ledger.Entry) (*ledger.Entry, *decision, error) {
	a, err := b.account(left.Program)
	if err != nil {
		return nil, nil, err
	}
	a.State.Rows = b.n
	d := &decision{Program: left.Program}
	if left.Effect.Gone != nil {
		err = b.comeOver(p, a, d, m, left)
	} else {
		err = a.takeOver(p, d, m, sent)
	}
	if err != nil {
		return nil, nil, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: arrivalOf(o.left), Kind: ledger.Transfer, At: left.At, Day: d.Effect.Day, Subject: ledger.Subject(o.to),
		Program: sent.Program, Postings: postings(d.Moves), Transfer: &ledger.TransferOf{Entry: o.left, Account: o.from.chainID()},
	}
	return e, d, nil
}

// readLeft reads the row and the entry with which something left.
func readLeft(tx *database.Tx, o handover) (*decision, *ledger.Entry, error) {
	rows, err := readDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, o.from, o.left)
	if err != nil {
		return nil, nil, err
	}
	if len(rows) == 0 {
		return nil, nil, fmt.Errorf("%s is not in the ledger that it left", o.left)
	}
	sent, err := ownEntry(tx, o.from, o.left)
	return rows[0], sent, err
}

// takeOver posts what was agreed.
func (a *account) takeOver(p *loyalty.Program, d *decision, m loyalty.Moment, left *ledger.Entry) error {
	effect, err := a.TakeOver(p, arrivalOf(left.ID), m, left.Postings)
	if err == nil {
		d.do(a, effect)
	}
	return err
}

// comeOver posts all that an account had: its units, then what its rights hold.
func (b *books) comeOver(p *loyalty.Program, a *account, d *decision, m loyalty.Moment, left *decision) error {
	for _, lots := range left.Effect.Gone.Lots {
		for _, l := range lots {
			if err := b.needLot(left.Program, l.Name); err != nil {
				return err
			}
		}
	}
	gone := left.effect()
	effect, err := a.ComeOver(p, arrivalOf(left.Entry), m, &gone)
	if err != nil {
		return err
	}
	d.do(a, effect)
	d.Rights, d.Lane = left.Rights, left.Lane
	b.keepCarried(d, b.n+1)
	for _, move := range left.Moves {
		if _, held := move.From.Right(); held {
			move.From, move.To = move.To, move.From
			if err := d.add(b, move, b.n+1); err != nil {
				return err
			}
		}
	}
	return b.keepLane(d)
}
