package hq

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// What an entry gives to the member who referred its own is another account's:
// the intent is written with the entry's own row, and posted to that account in
// a transaction of its own, under an id that is made of the entry's.

// intend keeps what an entry gives to a referrer, in the transaction that posts
// it.
func intend(u *posting.Unit, it *books.Item, d *books.Decision) error {
	r := it.Entry.Referral
	if _, alone := ledger.Subject(it.Holder).Sale(); alone {
		return nil // nobody's yet: it is intended when it arrives at an account
	}
	if r == nil || d.Effect == nil || it.Duplicate != "" || it.Held {
		return nil
	}
	text, err := json.Marshal(books.Intent{Entry: it.Entry.ID, At: d.At, Store: it.Entry.Store, Program: d.Program, Referral: *r, First: d.Effect.Referred})
	if err != nil {
		return fmt.Errorf("keep referral: %w", err)
	}
	u.NoteReferral(it.Holder, it.Entry.ID, text)
	return nil
}

// keptIntent is an intent, whose row it came with, and how long it waits for
// who has its code; 0 where it has not waited.
type keptIntent struct {
	books.Intent
	from   books.Holder
	until  ledger.Millis
	unread error // why nobody can read it, as it lies here
}

// refer posts what is kept for referrers, and returns how many it posted.
func (h *Headquarters) refer(ctx context.Context) (int, error) {
	var due []keptIntent
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		due, err = nextOf(h, toRefer, func(behind int) ([]keptIntent, error) { return readIntents(tx, h.time(), behind) })
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	done, err := eachForItself(ctx, h, due, func(tx *database.Tx, in keptIntent) error {
		told, err := h.referOne(tx, in)
		if err != nil {
			return err
		}
		tx.AfterCommit(func() {
			for _, e := range told {
				h.notify(e)
			}
		})
		return nil
	}, func(in keptIntent, err error) {
		h.tellOnce(books.ReferralOf(in.Entry), event.Event{What: event.Undone, Account: string(in.from), Entry: in.Entry, Reason: err.Error()})
	})
	if err != nil {
		return done, fmt.Errorf("post referrals: %w", err)
	}
	h.looked(toRefer, len(due), done)
	return done, nil
}

// referOne posts an intent, lets it wait for whoever has its code, or drops it.
// It returns what is to be told of that.
func (h *Headquarters) referOne(tx *database.Tx, in keptIntent) (told []event.Event, err error) {
	if in.unread != nil {
		return nil, fmt.Errorf("read what was intended: %w", in.unread)
	}
	to, dropped, err := h.referrerOf(tx, in)
	if err != nil {
		return nil, err
	}
	if to == "" && dropped == "" {
		if !h.overdue(in) {
			return nil, in.wait(tx, ledger.MillisOf(h.now()))
		}
		dropped = noSuchCode
	}
	if dropped != "" {
		told, to = []event.Event{{What: event.NotReferred, Reason: dropped}}, in.from
	} else if told, err = h.postReferral(tx, in, to); err != nil {
		return nil, err
	}
	for i := range told {
		told[i].Account, told[i].Entry = string(to), in.Entry
	}
	_, err = tx.Exec(`DELETE FROM referral WHERE account = $1 AND entry = $2`, in.from, in.Entry)
	return told, err
}

// readIntents reads those that wait for nothing, or whose time is over, behind the first
// of them.
func readIntents(tx *database.Tx, now ledger.Millis, behind int) ([]keptIntent, error) {
	rows, err := tx.Query(`
		SELECT account, entry, until_ms, intent
		FROM referral
		WHERE code = '' OR until_ms <= $1
		ORDER BY account, entry
		LIMIT $2 OFFSET $3`, now, chunk, behind)
	if err != nil {
		return nil, fmt.Errorf("read referrals: %w", err)
	}
	defer rows.Close()
	var due []keptIntent
	for rows.Next() {
		var in keptIntent
		var text []byte
		var entry ledger.EntryID
		if in.unread = rows.Scan(&in.from, &entry, &in.until, &text); database.EndsAll(in.unread) {
			return nil, fmt.Errorf("read referrals: %w", in.unread)
		}
		if in.unread == nil {
			in.unread = ledger.DecodeJSON(text, &in.Intent)
		}
		in.Entry = entry
		due = append(due, in)
	}
	return due, rows.Err()
}

// postReferral posts an intent to its referrer, once. What it gives beyond a
// limit of hers is taken back, and is to be told.
func (h *Headquarters) postReferral(tx *database.Tx, in keptIntent, of books.Holder) (told []event.Event, err error) {
	if stands, err := records.HasEntry(tx, of, books.ReferralOf(in.Entry)); stands || err != nil {
		return told, err
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return told, err
	}
	m := loyalty.Moment{At: in.At, Store: in.Store}
	if m.Zone, err = records.ZoneOf(tx, in.Store); err != nil {
		return told, err
	}
	program := h.programOf(&ledger.ProgramRef{ID: in.Program}, in.Store, in.At, m.Zone)
	e, d, err := b.Referring(program, &in.Intent, m)
	if err != nil {
		return told, err
	}
	if err := posting.EnterOwn(tx, h.keys, b, e, d, ledger.MillisOf(h.now())); err != nil {
		return told, err
	}
	return h.correct(posting.NewUnit(tx), b, books.Limited{Entry: e, Program: program, Moment: m, Decision: d})
}
