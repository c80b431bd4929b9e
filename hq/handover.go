package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// What leaves one account for another is two entries: one takes it out, with the
// intent in the same transaction, the other posts it, under an id that is made of
// the first.

// takeOver posts to their accounts what left others, and returns how many it
// posted.
func (h *Headquarters) takeOver(ctx context.Context) (int, error) {
	n, err := toTheEnd(ctx, h, readHandovers, func(due []onItsWay) (int, error) {
		done, err := eachMoved(ctx, h, due, h.takeOverOne, func(tx *database.Tx, o onItsWay, reason string) {
			h.noteStuck(tx, o.Left, event.Event{Entry: o.Left, Account: string(o.To), Reason: reason})
		})
		return len(done), err
	})
	if err != nil {
		return n, fmt.Errorf("take over what left: %w", err)
	}
	return n, nil
}

// intendHandover keeps, in the transaction of what leaves, where it is to arrive.
func intendHandover(tx *database.Tx, o books.Handover) error {
	_, err := tx.Exec(`INSERT INTO handover (account, entry, to_account) VALUES ($1, $2, $3)`, o.From, o.Left, o.To)
	if err != nil {
		return fmt.Errorf("keep what leaves: %w", err)
	}
	return nil
}

// onItsWay is what left one account and has not arrived.
type onItsWay struct {
	books.Handover
	unread error // why nobody can read what it is
}

func readHandovers(tx *database.Tx, behind int) (due []onItsWay, err error) {
	rows, err := tx.Query(`
		SELECT account, entry, to_account
		FROM handover
		ORDER BY account, entry
		LIMIT $1 OFFSET $2`, chunk, behind)
	if err != nil {
		return nil, fmt.Errorf("read what left: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var o onItsWay
		if o.unread = rows.Scan(&o.From, &o.Left, &o.To); database.EndsAll(o.unread) {
			return nil, fmt.Errorf("read what left: %w", o.unread)
		}
		due = append(due, o)
	}
	return due, rows.Err()
}

// takeOverOne posts what left one account to the other, once.
func (h *Headquarters) takeOverOne(tx *database.Tx, o onItsWay) error {
	if o.unread != nil {
		return fmt.Errorf("read what left: %w", o.unread)
	}
	to, err := records.Survivor(tx, o.To)
	if err != nil {
		return err
	}
	stands, err := records.HasEntry(tx, to, books.ArrivalOf(o.Left))
	if err == nil && !stands {
		err = h.postArrival(tx, books.Handover{From: o.From, To: to, Left: o.Left})
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM handover WHERE account = $1 AND entry = $2`, o.From, o.Left)
	return err
}

// postArrival posts what was agreed, or all of an account that became another's, as
// the row says with which it left.
func (h *Headquarters) postArrival(tx *database.Tx, o books.Handover) error {
	left, sent, err := records.ReadLeft(tx, o)
	if err != nil {
		return err
	}
	from, err := records.OpenBooks(tx, o.From)
	if err != nil {
		return err
	}
	m := loyalty.Moment{At: left.At}
	if m.Zone, err = records.ZoneOfLane(tx, from, left.Program); err != nil {
		return err
	}
	b, err := records.OpenBooks(tx, o.To)
	if err != nil {
		return err
	}
	e, d, err := b.Arriving(h.programOf(sent.Program, "", m.At, m.Zone), o, m, left, sent)
	if err != nil {
		return err
	}
	if err := posting.EnterOwn(tx, h.keys, b, e, d, ledger.MillisOf(h.now())); err != nil || left.Effect.Gone == nil {
		return err
	}
	return authority.KeepCarried(tx, o, d)
}
