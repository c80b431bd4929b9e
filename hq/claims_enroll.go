package hq

import (
	"cmp"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// resolveEnroll lets the first enrollment of an identifier have it. A later
// one becomes a forward to the first: also to one that is lost, of which the
// tills list what came of it. One that joins an account makes her a member of
// that, if the number is hers; else she is where her number is, and the account
// gets nobody: a number makes no two accounts one. What was decided before stays,
// also after she left.
func (k keyring) resolveEnroll(tx *database.Tx, it *item, subject, before holder) (ruling, error) {
	if it.erased != "" {
		return resolveErased(tx, it, subject, before)
	}
	if it.who == nil {
		return ruling{}, &passOver{"the enroll names nobody"}
	}
	if err := claimAccount(tx, subject, it.entry.ID); err != nil {
		return ruling{}, err
	}
	first, err := k.enrolledFirst(tx, it, subject)
	if err != nil {
		return ruling{}, err
	}
	winner, by, err := claimIdentifier(tx, it.who.hash, first, it.entry.ID)
	if err != nil {
		return ruling{}, err
	}
	if winner == subject {
		if err := joinHome(tx, it.entry, subject); err != nil {
			return ruling{}, err
		}
	}
	to, err := accountOf(tx, winner)
	if err != nil {
		return ruling{}, err
	}
	if err := k.unlist(tx, ledger.PhoneIdentifier, it.who.person.Phone.E164, to); err != nil {
		return ruling{}, err
	}
	r := ruling{holder: cmp.Or(before, to), member: winner}
	if winner != subject {
		r.known = by == it.entry.ID
		if !r.known {
			r.duplicate = ledger.DuplicateName
		}
		// At once, because what the same till wrote next is resolved by it.
		if err := forwardTo(tx, subject, to); err != nil {
			return r, err
		}
	}
	if winner != subject || !it.entry.Joins.IsZero() {
		r.forward = subject
	}
	return r, nil
}

// resolveErased leaves the enroll of somebody who was erased with the account that it
// made or joined: it claims nothing, and makes nobody a member.
func resolveErased(tx *database.Tx, it *item, subject, before holder) (ruling, error) {
	if err := claimAccount(tx, subject, it.entry.ID); err != nil {
		return ruling{}, err
	}
	r := ruling{member: subject}
	if !it.entry.Joins.IsZero() {
		home, err := survivor(tx, holderOf(it.entry.Joins))
		if err != nil {
			return r, err
		}
		if err := forwardTo(tx, subject, home); err != nil {
			return r, err
		}
		r.forward = subject
	}
	to, err := survivor(tx, subject)
	r.holder = cmp.Or(before, to)
	return r, err
}

// joinHome makes a member of the account that an enroll names, if it names one.
func joinHome(tx *database.Tx, enroll *ledger.Entry, member holder) error {
	if enroll.Joins.IsZero() {
		return nil
	}
	home, err := survivor(tx, holderOf(enroll.Joins))
	if err != nil {
		return err
	}
	return enterHousehold(tx, member, home, enroll.ID)
}

// enrolledFirst returns who has a number by hearsay, as the tills of a restored
// headquarters list it, or else the enroll's own. One who joins the very account
// that her number is listed as is whom it was heard of.
func (k keyring) enrolledFirst(tx *database.Tx, it *item, subject holder) (holder, error) {
	first, err := k.listedAs(tx, ledger.PhoneIdentifier, it.who.person.Phone.E164)
	if err != nil || first == "" {
		return subject, err
	}
	if it.entry.Joins.IsZero() {
		return first, nil
	}
	at, err := accountOf(tx, first)
	if err != nil {
		return "", err
	}
	if home, err := survivor(tx, holderOf(it.entry.Joins)); err != nil || at == home {
		return subject, err
	}
	return first, nil
}

// claimAccount lets one enroll name an account: a second one must not add its
// number to somebody's balance.
func claimAccount(tx *database.Tx, subject holder, enroll ledger.EntryID) error {
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
		return &passOver{"its account is enrolled already"}
	}
	return nil
}
