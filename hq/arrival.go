package hq

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What a till that had not heard of an erasure still sends of her is erased as it
// comes. Which it is its place says: each entry with an attachment says up to which
// erasure its till had heard when it was written. What was written after that names
// somebody who is new, whoever had the number before.

// accountKind is the kind under which accounts' ids are hashed.
const accountKind = "account"

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
				if late[i], err = records.WasErased(tx, h.keys, it, it.Who); err != nil {
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
	if gone, err := records.IsErased(tx, member); err != nil || gone {
		return member, err
	}
	var by ledger.EntryID
	err := tx.QueryRow(`SELECT entry FROM claim_account WHERE account = $1`, member).Scan(&by)
	if err := records.OrNone(err); err != nil {
		return "", fmt.Errorf("look up account: %w", err)
	}
	if !by.IsZero() && by != it.Entry.ID {
		return erased, nil // the account is another's: the entry will be passed over
	}
	home := member
	if !it.Entry.Joins.IsZero() {
		if home, err = records.Survivor(tx, books.HolderOf(it.Entry.Joins)); err != nil {
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
