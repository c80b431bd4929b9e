package claims

import (
	"cmp"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// resolveEnroll lets the first enrollment of an identifier have it. A later
// one becomes a forward to the first: also to one that is lost, of which the
// tills list what came of it. One that joins an account makes her a member of
// that, if the number is hers; else she is where her number is, and the account
// gets nobody: a number makes no two accounts one. What was decided before stays,
// also after she left.
func resolveEnroll(tx *database.Tx, k keyring.Ring, it *books.Item, subject, before books.Holder) (books.Ruling, error) {
	if it.Erased != "" {
		return resolveErased(tx, it, subject, before)
	}
	if it.Who == nil {
		return books.Ruling{}, &books.PassOver{Reason: "the enroll names nobody"}
	}
	if err := Account(tx, subject, it.Entry.ID); err != nil {
		return books.Ruling{}, err
	}
	first, err := enrolledFirst(tx, k, it, subject)
	if err != nil {
		return books.Ruling{}, err
	}
	winner, by, err := Identifier(tx, it.Who.Hash, first, it.Entry.ID)
	if err != nil {
		return books.Ruling{}, err
	}
	if winner == subject {
		if err := joinHome(tx, it.Entry, subject); err != nil {
			return books.Ruling{}, err
		}
	}
	to, err := records.AccountOf(tx, winner)
	if err != nil {
		return books.Ruling{}, err
	}
	if err := Unlist(tx, k, ledger.PhoneIdentifier, it.Who.Person.Phone.E164, to); err != nil {
		return books.Ruling{}, err
	}
	r := books.Ruling{Holder: cmp.Or(before, to), Member: winner}
	if winner != subject {
		r.Known = by == it.Entry.ID
		if !r.Known {
			r.Duplicate = ledger.DuplicateName
		}
		// At once, because what the same till wrote next is resolved by it.
		if err := Forward(tx, subject, to); err != nil {
			return r, err
		}
	}
	if winner != subject || !it.Entry.Joins.IsZero() {
		r.Forward = subject
	}
	return r, nil
}

// resolveErased leaves the enroll of somebody who was erased with the account that it
// made or joined: it claims nothing, and makes nobody a member.
func resolveErased(tx *database.Tx, it *books.Item, subject, before books.Holder) (books.Ruling, error) {
	if err := Account(tx, subject, it.Entry.ID); err != nil {
		return books.Ruling{}, err
	}
	r := books.Ruling{Member: subject}
	if !it.Entry.Joins.IsZero() {
		home, err := records.Survivor(tx, books.HolderOf(it.Entry.Joins))
		if err != nil {
			return r, err
		}
		if err := Forward(tx, subject, home); err != nil {
			return r, err
		}
		r.Forward = subject
	}
	to, err := records.Survivor(tx, subject)
	r.Holder = cmp.Or(before, to)
	return r, err
}

// joinHome makes a member of the account that an enroll names, if it names one.
func joinHome(tx *database.Tx, enroll *ledger.Entry, member books.Holder) error {
	if enroll.Joins.IsZero() {
		return nil
	}
	home, err := records.Survivor(tx, books.HolderOf(enroll.Joins))
	if err != nil {
		return err
	}
	return EnterHousehold(tx, member, home, enroll.ID)
}

// enrolledFirst returns who has a number by hearsay, as the tills of a restored
// headquarters list it, or else the enroll's own. One who joins the very account
// that her number is listed as is whom it was heard of.
func enrolledFirst(tx *database.Tx, k keyring.Ring, it *books.Item, subject books.Holder) (books.Holder, error) {
	first, err := records.ListedAs(tx, k, ledger.PhoneIdentifier, it.Who.Person.Phone.E164)
	if err != nil || first == "" {
		return subject, err
	}
	if it.Entry.Joins.IsZero() {
		return first, nil
	}
	at, err := records.AccountOf(tx, first)
	if err != nil {
		return "", err
	}
	if home, err := records.Survivor(tx, books.HolderOf(it.Entry.Joins)); err != nil || at == home {
		return subject, err
	}
	return first, nil
}

// Account lets one enroll name an account: a second one must not add its
// number to somebody's balance.
func Account(tx *database.Tx, subject books.Holder, enroll ledger.EntryID) error {
	_, err := tx.Exec(`
		INSERT INTO claim_account (account, entry)
		VALUES ($1, $2)
		ON CONFLICT (account) DO NOTHING`, subject, enroll)
	if err != nil {
		return fmt.Errorf("claim account: %w", err)
	}
	var winner ledger.EntryID
	if err := tx.QueryRow(`SELECT entry FROM claim_account WHERE account = $1`, subject).Scan(&winner); err != nil {
		return fmt.Errorf("claim account: %w", err)
	}
	if winner != enroll {
		return &books.PassOver{Reason: "its account is enrolled already"}
	}
	return nil
}
