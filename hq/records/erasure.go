package records

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// IsErased reports whether an id is of a member who was erased.
func IsErased(tx *database.Tx, member books.Holder) (erased bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erasure WHERE member = $1)`, member).Scan(&erased)
	if err != nil {
		return false, fmt.Errorf("look up erasure: %w", err)
	}
	return erased, nil
}

// IsNobodys reports whether all who were in an account were erased: nobody has what
// it has, or what still comes to it.
func IsNobodys(tx *database.Tx, of books.Holder) (nobodys bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erasure WHERE account = $1 AND alone = 1)`, of).Scan(&nobodys)
	if err != nil {
		return false, fmt.Errorf("look up erasure: %w", err)
	}
	if !nobodys {
		return false, nil
	}
	members, err := MembersOf(tx, of)
	return len(members) == 0, err
}

// erasedOf is who was erased of an account that is nobody's; empty of another.
func erasedOf(tx *database.Tx, account books.Holder) (member books.Holder, err error) {
	of, err := Survivor(tx, account)
	if err != nil {
		return "", err
	}
	if nobodys, err := IsNobodys(tx, of); err != nil || !nobodys {
		return "", err
	}
	err = tx.QueryRow(`SELECT member FROM erasure WHERE account = $1 AND alone = 1`, of).Scan(&member)
	return member, err
}

// WasErased finds out whether what an entry's attachment names was erased before its
// till could know, and whose it is; nobody's where not. who is nil where the
// attachment is not there.
func WasErased(tx *database.Tx, k keyring.Ring, it *books.Item, who *books.Identity) (member books.Holder, err error) {
	err = tx.QueryRow(`SELECT member FROM erased_attachment WHERE terminal = $1 AND hash = $2`,
		it.Place.Terminal, it.Entry.Attachment).Scan(&member)
	if !errors.Is(err, sql.ErrNoRows) {
		return member, err
	}
	if it.Entry.Kind == ledger.Enroll || it.Entry.Kind == ledger.Profile {
		of := WrittenOf(it.Entry)
		if it.Entry.Kind == ledger.Profile { // her till may know her by an id that lost her number
			if of, err = MemberOf(tx, it.Entry); err != nil {
				return "", err
			}
		}
		erased, err := IsErased(tx, of)
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
	return member, OrNone(err)
}

// WrittenOf is the id of the member whom an entry says it is about.
func WrittenOf(e *ledger.Entry) books.Holder {
	if !e.Member.IsZero() {
		return books.Holder(e.Member.String())
	}
	return books.Holder(e.Subject)
}
