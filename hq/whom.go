package hq

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Whom names a member in one of these ways.
type Whom struct {
	Account ledger.AccountID // in which she is alone; or her own id, where that is another
	Phone   string           // E.164
	Card    string           // its number
}

// String masks itself.
func (Whom) String() string { return "***" }

// GoString masks itself.
func (Whom) GoString() string { return "***" }

// ErrWhichMember says that somebody is named by an account that has several.
var ErrWhichMember = errors.New("the account has several members: name her by her number or her card")

// findWhom returns a member who is named and the account that she is in. Its
// errors are ErrNotFound and ErrWhichMember.
func findWhom(tx *database.Tx, k keyring.Ring, whom Whom) (member, of books.Holder, err error) {
	switch {
	case whom.Phone != "":
		member, of, err = records.FindMember(tx, k, whom.Phone)
	case whom.Card != "":
		member, of, err = findCardholder(tx, k, whom.Card)
	default:
		member, of, err = memberIn(tx, books.HolderOf(whom.Account))
	}
	if err != nil {
		return "", "", err
	}
	var known bool
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM account WHERE account = $1)`, of).Scan(&known); err != nil {
		return "", "", fmt.Errorf("look up account: %w", err)
	}
	if _, isAccount := of.Account(); !isAccount || !known {
		return "", "", records.ErrNotFound
	}
	return member, of, nil
}

func findCardholder(tx *database.Tx, k keyring.Ring, card string) (member, of books.Holder, err error) {
	if member, err = records.Claimant(tx, k.Blind(ledger.CardIdentifier, card)); err != nil || member == "" {
		return "", "", cmp.Or(err, records.ErrNotFound)
	}
	of, err = records.AccountOf(tx, member)
	return member, of, err
}

// memberIn returns the one member of an account, or whose own id it is.
func memberIn(tx *database.Tx, id books.Holder) (member, of books.Holder, err error) {
	if erased, err := records.IsErased(tx, id); err != nil || erased {
		return "", "", cmp.Or(err, records.ErrNotFound) // and not who is left in the account
	}
	if of, err = records.Survivor(tx, id); err != nil {
		return "", "", err
	}
	members, err := records.MembersOf(tx, of)
	switch {
	case err != nil:
		return "", "", err
	case len(members) == 0:
		return "", "", records.ErrNotFound
	case len(members) == 1:
		return members[0], of, nil
	case id != of && slices.Contains(members, id):
		return id, of, nil
	}
	return "", "", ErrWhichMember
}
