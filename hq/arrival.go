package hq

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What a till that had not heard of an erasure still sends of her is erased as it
// comes. Which it is its place says: each entry with an attachment says up to which
// erasure its till had heard when it was written. What was written after that names
// somebody who is new, whoever had the number before.

// accountKind is the kind under which accounts' ids are hashed.
const accountKind = "account"

// writtenOf is the id of the member whom an entry says it is about.
func writtenOf(e *ledger.Entry) books.Holder {
	if !e.Member.IsZero() {
		return books.Holder(e.Member.String())
	}
	return books.Holder(e.Subject)
}

// wasErased finds out whether what an entry's attachment names was erased before its
// till could know, and whose it is; nobody's where not. who is nil where the
// attachment is not there.
func wasErased(tx *database.Tx, k keyring.Ring, it *books.Item, who *books.Identity) (member books.Holder, err error) {
	err = tx.QueryRow(`SELECT member FROM erased_attachment WHERE terminal = $1 AND hash = $2`,
		it.Place.Terminal, it.Entry.Attachment).Scan(&member)
	if !errors.Is(err, sql.ErrNoRows) {
		return member, err
	}
	if it.Entry.Kind == ledger.Enroll || it.Entry.Kind == ledger.Profile {
		of := writtenOf(it.Entry)
		if it.Entry.Kind == ledger.Profile { // her till may know her by an id that lost her number
			if of, err = memberOf(tx, it.Entry); err != nil {
				return "", err
			}
		}
		erased, err := isErased(tx, of)
		if err != nil {
			return "", err
		}
		if erased {
			return of, nil
		}
	}
	if who == nil {
		return "", nil
	}
	if id := who.Person.Account; !id.IsZero() {
		return erasedOf(tx, books.HolderOf(id))
	}
	heard := max(it.Entry.Erasures, it.Enrolled)
	err = tx.QueryRow(`
		SELECT member FROM erased_identifier
		WHERE hash IN ($1, $2) AND serial_ms > $3
		ORDER BY serial_ms DESC
		LIMIT 1`, who.Hash, who.Card, heard).Scan(&member)
	return member, orNone(err)
}

// erasedOf is who was erased of an account that is nobody's; empty of another.
func erasedOf(tx *database.Tx, account books.Holder) (member books.Holder, err error) {
	of, err := survivor(tx, account)
	if err != nil {
		return "", err
	}
	if nobodys, err := isNobodys(tx, of); err != nil || !nobodys {
		return "", err
	}
	err = tx.QueryRow(`SELECT member FROM erasure WHERE account = $1 AND alone = 1`, of).Scan(&member)
	return member, err
}

// noteAttachments keeps whom attachments name, and deletes those of who was erased.
// It comes before anything is decided of their entries.
func (h *Headquarters) noteAttachments(ctx context.Context, items []*books.Item) error {
	names := func(it *books.Item) bool { return it.Entry != nil && !it.Entry.Attachment.IsZero() }
	if !slices.ContainsFunc(items, names) {
		return nil
	}
	erased := slices.ContainsFunc(items, func(it *books.Item) bool { return it.Erased != "" })
	var late []books.Holder // who was erased by an item before, by item
	err := h.update(ctx, func(tx *database.Tx) (err error) {
		late = make([]books.Holder, len(items))
		for i, it := range items {
			if !names(it) {
				continue
			}
			if erased && it.Erased == "" && it.Who != nil {
				if late[i], err = wasErased(tx, h.keys, it, it.Who); err != nil {
					return err
				}
			}
			if err := h.noteAttachment(tx, it, cmp.Or(it.Erased, late[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, of := range late {
		if of != "" {
			items[i].Erased, items[i].Who = of, nil
		}
	}
	return nil
}

// noteAttachment keeps whom an item's attachment names, or forgets it where it names
// somebody erased.
func (h *Headquarters) noteAttachment(tx *database.Tx, it *books.Item, erased books.Holder) error {
	at := attached{it.Place.Terminal, it.Entry.Attachment}
	if erased == "" {
		who := it.Who
		if who == nil {
			who = it.Named
		}
		if who == nil {
			return nil
		}
		return at.name(tx, namesOf(h.keys, who))
	}
	whose := erased
	if it.Entry.Kind == ledger.Enroll && !it.Held {
		var err error
		if whose, err = h.eraseEnrolled(tx, it, erased); err != nil {
			return err
		}
	}
	trace, err := at.trace(tx)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() { h.traces = append(h.traces, trace...) })
	fresh, err := at.forget(tx, whose)
	if err != nil || !fresh {
		return err
	}
	return tellAgain(tx, whose, ledger.MillisOf(h.now()))
}

// eraseEnrolled erases whom a till enrolled that had not heard that her number was
// erased: the account stays, and is nobody's.
func (h *Headquarters) eraseEnrolled(tx *database.Tx, it *books.Item, erased books.Holder) (books.Holder, error) {
	member := books.Holder(it.Entry.Subject)
	if gone, err := isErased(tx, member); err != nil || gone {
		return member, err
	}
	var by ledger.EntryID
	err := tx.QueryRow(`SELECT entry FROM claim_account WHERE account = $1`, member).Scan(&by)
	if err := orNone(err); err != nil {
		return "", fmt.Errorf("look up account: %w", err)
	}
	if !by.IsZero() && by != it.Entry.ID {
		return erased, nil // the account is another's: the entry will be passed over
	}
	home := member
	if !it.Entry.Joins.IsZero() {
		if home, err = survivor(tx, books.HolderOf(it.Entry.Joins)); err != nil {
			return "", err
		}
	}
	x := &erasure{
		Member: member, Account: home, Entry: ledger.EntryID(books.OwnID("erase", it.Entry.ID.String())), At: ledger.MillisOf(h.now()),
		Alone: home == member, Reason: "enrolled where the erasure was not known yet",
	}
	_, err = forgetPerson(tx, h.keys, x)
	return member, err
}
