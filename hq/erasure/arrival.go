package erasure

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What a till that had not heard of an erasure still sends of her is erased as it
// comes. Which it is its place says: each entry with an attachment says up to which
// erasure its till had heard when it was written. What was written after that names
// somebody who is new, whoever had the number before.

// Names reports whether an item that was not passed over has an attachment, which may name
// somebody.
func Names(it *books.Item) bool { return it.Passed == "" && !it.Entry.Attachment.IsZero() }

// Arriving is what came in and names somebody.
type Arriving struct {
	Keys keyring.Ring
	Now  ledger.Millis
	// Late are, by item, who was erased by an item before it; Traces are of what was
	// deleted, by which the files are searched.
	Late   []books.Holder
	Traces [][]byte
	// At is which item it failed by, where it did.
	At *books.Item
}

// Note keeps whom the attachments of items name, and deletes those of who was erased. It
// comes before anything is decided of their entries.
func (a *Arriving) Note(tx *database.Tx, items []*books.Item) error {
	erased := slices.ContainsFunc(items, func(it *books.Item) bool { return it.Erased != "" })
	a.Late, a.Traces = make([]books.Holder, len(items)), nil
	for i, it := range items {
		if !Names(it) {
			continue
		}
		a.At = it
		if erased && it.Erased == "" && it.Who != nil {
			var err error
			if a.Late[i], err = records.WasErased(tx, a.Keys, it, it.Who); err != nil {
				return err
			}
		}
		if err := a.note(tx, it, cmp.Or(it.Erased, a.Late[i])); err != nil {
			return err
		}
	}
	a.At = nil
	return nil
}

// note keeps whom an item's attachment names, or forgets it where it names
// somebody erased.
func (a *Arriving) note(tx *database.Tx, it *books.Item, erased books.Holder) error {
	at := Attachment{it.Place.Terminal, it.Entry.Attachment}
	if erased == "" {
		who := it.Who
		if who == nil {
			who = it.Named
		}
		if who == nil {
			return nil
		}
		return at.name(tx, namesOf(a.Keys, who))
	}
	whose := erased
	if it.Entry.Kind == ledger.Enroll && !it.Held {
		var err error
		if whose, err = a.eraseEnrolled(tx, it, erased); err != nil {
			return err
		}
	}
	trace, err := at.trace(tx)
	if err != nil {
		return err
	}
	a.Traces = append(a.Traces, trace...)
	fresh, err := at.forget(tx, whose)
	if err != nil || !fresh {
		return err
	}
	return tellAgain(tx, whose, a.Now)
}

// eraseEnrolled erases whom a till enrolled that had not heard that her number was
// erased: the account stays, and is nobody's.
func (a *Arriving) eraseEnrolled(tx *database.Tx, it *books.Item, erased books.Holder) (books.Holder, error) {
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
	x := &Erasure{
		Member: member, Account: home, Entry: ledger.EntryID(books.OwnID("erase", it.Entry.ID.String())), At: a.Now,
		Alone: home == member, Reason: "enrolled where the erasure was not known yet",
	}
	_, err = x.Forget(tx, a.Keys)
	return member, err
}
