package hq

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// What an entry gives to the member who referred its own is another account's:
// the intent is written with the entry's own row, and posted to that account in
// a transaction of its own, under an id that is made of the entry's.

// intent is what is to be posted to a referrer.
type intent struct {
	Entry    ledger.EntryID  `json:"entry"`
	At       ledger.Millis   `json:"at_ms"`
	Store    ledger.StoreID  `json:"store"`
	Program  string          `json:"program"`
	Referral ledger.Referral `json:"referral"`
	// First says that the friend had not counted as one before.
	First bool `json:"first,omitempty"`
}

// intend keeps what an entry gives to a referrer, in the transaction that posts
// it.
func (it *item) intend(tx *sqlitedb.Tx, d *decision) error {
	r := it.entry.Referral
	if r == nil || d.Effect == nil || it.duplicate != "" || it.held {
		return nil
	}
	text, err := json.Marshal(intent{it.entry.ID, d.At, it.entry.Store, d.Program, *r, d.Effect.Referred})
	if err != nil {
		return fmt.Errorf("keep referral: %w", err)
	}
	_, err = tx.Exec(`
		INSERT INTO referral (account, entry, intent)
		VALUES ($1, $2, $3)
		ON CONFLICT (account, entry) DO NOTHING`, it.holder, it.entry.ID, text)
	if err != nil {
		return fmt.Errorf("keep referral: %w", err)
	}
	return nil
}

// keptIntent is an intent and whose row it came with.
type keptIntent struct {
	intent
	from holder
}

// refer posts what is kept for referrers, and returns how many it posted.
func (h *Headquarters) refer(ctx context.Context) (int, error) {
	var due []keptIntent
	err := h.view(ctx, func(tx *sqlitedb.Tx) (err error) {
		due, err = readIntents(tx)
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		for _, in := range due {
			if err := h.referOne(tx, in); err != nil {
				return fmt.Errorf("referral of %s: %w", in.Entry, err)
			}
			_, err := tx.Exec(`DELETE FROM referral WHERE account = $1 AND entry = $2`, in.from, in.Entry)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return len(due), err
}

func readIntents(tx *sqlitedb.Tx) ([]keptIntent, error) {
	rows, err := tx.Query(`SELECT account, intent FROM referral ORDER BY account, entry LIMIT $1`, chunk)
	if err != nil {
		return nil, fmt.Errorf("read referrals: %w", err)
	}
	defer rows.Close()
	var due []keptIntent
	for rows.Next() {
		var in keptIntent
		var text []byte
		if err := rows.Scan(&in.from, &text); err != nil {
			return nil, fmt.Errorf("read referrals: %w", err)
		}
		if err := ledger.DecodeJSON(text, &in.intent); err != nil {
			return nil, fmt.Errorf("read referral: %w", err)
		}
		due = append(due, in)
	}
	return due, rows.Err()
}

// referOne posts one intent to its referrer, once.
func (h *Headquarters) referOne(tx *sqlitedb.Tx, in keptIntent) error {
	of, err := survivor(tx, holderOf(in.Referral.Account))
	if err != nil {
		return err
	}
	id := ledger.EntryID(ownID("referral", in.Entry.String()))
	if stands, err := hasEntry(tx, of, id); stands || err != nil {
		return err
	}
	b, err := openBooks(tx, of)
	if err != nil {
		return err
	}
	a, err := b.account(in.Program)
	if err != nil {
		return err
	}
	m := loyalty.Moment{At: in.At, Store: in.Store}
	if m.Zone, err = zoneOf(tx, in.Store); err != nil {
		return err
	}
	a.State.Rows = b.n
	program := h.programOf(&ledger.ProgramRef{ID: in.Program}, in.Store, in.At, m.Zone)
	effect, err := a.PostReferral(program, loyalty.Posted{
		Entry: id, Kind: ledger.Transfer, Moment: m,
		Outcome: loyalty.Outcome{
			ToReferrer:   slices.Concat(in.Referral.Postings, program.Fulfil(in.Referral.Pledges, m)),
			ReferrerUses: in.Referral.Uses,
		},
	}, in.First)
	if err != nil {
		return err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: id, Kind: ledger.Transfer, At: in.At, Store: in.Store, Day: effect.Day,
		Subject: ledger.Subject(of), Postings: effect.Postings(), Uses: in.Referral.Uses,
		Transfer: &ledger.TransferOf{Entry: in.Entry},
	}
	d := &decision{Program: in.Program}
	d.do(a, effect)
	return h.enterOwn(tx, b, e, d, ledger.MillisOf(h.now()))
}
