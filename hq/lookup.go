package hq

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// lookupEvery is how exactly it is kept when a store looked somebody up.
const lookupEvery = 24 * time.Hour

// serveLookup tells a till all of a member whom it met and does not know, or not all
// of. From then on she belongs to its store's working set.
func (h *Headquarters) serveLookup(r asked) (any, error) {
	var wanted wire.Lookup
	if err := ledger.DecodeJSON(r.message, &wanted); err != nil {
		return nil, invalid(err)
	}
	whom := Whom{Account: wanted.Account}
	if len(wanted.Sealed) > 0 {
		who, err := records.OpenPerson(h.keys, wanted.Sealed)
		if err != nil {
			return nil, wire.Refuse(wire.CodeInvalid, "the attachment cannot be read")
		}
		if whom.Card = who.Person.Card; who.Person.Phone != nil {
			whom.Phone = who.Person.Phone.E164
		}
	}
	return h.lookUp(r.Context(), r.from, whom, wanted.Erasures)
}

// lookUp finds whom a terminal names, and has its store meet her. heard is up to which
// erasure the terminal has heard: one that has not heard of all is told of nobody, since
// whom it names may be who was erased.
func (h *Headquarters) lookUp(ctx context.Context, from ledger.TerminalID, whom Whom, heard ledger.Millis) (found wire.Found, err error) {
	now := h.time()
	store, waits, err := h.storeOf(ctx, from)
	if err != nil || waits {
		return found, err
	}
	unheard := page{store: store}
	if err := h.unheard(ctx, &unheard, heard); err != nil || unheard.rows > 0 {
		return found, err
	}
	var of books.Holder
	var met bool
	err = h.view(ctx, func(tx *database.Tx) error {
		if _, of, err = findWhom(tx, h.keys, whom); errors.Is(err, ErrWhichMember) { // an account is what was asked for
			of, err = records.Survivor(tx, books.HolderOf(whom.Account))
		}
		if err != nil {
			return err
		}
		at, err := readLookups(tx, of)
		met = at[store] > 0 && now < at[store].Add(lookupEvery)
		return err
	})
	nobody := errors.Is(err, records.ErrNotFound)
	if nobody || err == nil && !met {
		if refused := h.mayAskFor(from, whom, now); refused != nil {
			return found, refused
		}
	}
	switch {
	case nobody:
		return found, nil
	case err == nil && !met:
		err = h.meet(ctx, of, store, now)
	}
	if err != nil {
		return found, fmt.Errorf("look up member: %w", err)
	}
	return found, h.view(ctx, func(tx *database.Tx) error {
		found.Changes, err = h.tellStore(tx, of, store, now)
		return err
	})
}

// storeOf returns the store of a terminal that may be told of members; as long as it is
// awaited after a restore what is known here may be less than what it has.
func (h *Headquarters) storeOf(ctx context.Context, from ledger.TerminalID) (store ledger.StoreID, waits bool, err error) {
	err = h.view(ctx, func(tx *database.Tx) error {
		t, err := records.ReadTerminal(tx, from)
		if err != nil {
			return err
		}
		if t.Fenced {
			return wire.Refuse(wire.CodeFenced, "")
		}
		store = t.Store
		awaited, err := readAwaited(tx, from)
		waits = awaited != nil
		return err
	})
	return store, waits, err
}

// meet keeps that a store looked an account up, and has the feeder tell it all of it:
// under another version, since the feeder may be about to delete its mark at this one.
func (h *Headquarters) meet(ctx context.Context, of books.Holder, store ledger.StoreID, now ledger.Millis) error {
	err := h.update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`
			INSERT INTO looked_up (account, store, at_ms)
			VALUES ($1, $2, $3)
			ON CONFLICT (account, store) DO UPDATE SET at_ms = excluded.at_ms`, of, store, now)
		if err != nil {
			return err
		}
		return posting.Touch(tx, of)
	})
	h.intake.raise()
	return err
}

// tellStore is what the feed of a store would tell of an account of its working set.
func (h *Headquarters) tellStore(tx *database.Tx, of books.Holder, id ledger.StoreID, now ledger.Millis) (changes []ledger.Change, err error) {
	store, err := records.ReadStore(tx, h.keys, id)
	if err != nil {
		return nil, err
	}
	m := mark{holder: of}
	if err := tx.QueryRow(`SELECT version, n + 1 FROM account WHERE account = $1`, of).Scan(&m.version, &m.sinceN); err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	has, err := readExtras(tx, []books.Holder{m.holder})
	if err != nil {
		return nil, err
	}
	t, err := h.readTelling(tx, m, has)
	if err != nil {
		return nil, err
	}
	w := feedWriter{tx: tx, store: store, now: now}
	if w.tills, err = readTills(tx, nil); err != nil {
		return nil, err
	}
	w.tills.whole[id] = true
	if err := w.tellAccount(ledger.AccountID(of.Member()), t); err != nil {
		return nil, err
	}
	for _, row := range append(w.apart, w.feed...) {
		if !row.ended {
			changes = append(changes, row.change)
		}
	}
	return changes, nil
}
