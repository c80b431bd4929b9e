package records

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// AccountOf returns the account that a member is in now.
func AccountOf(tx *database.Tx, member books.Holder) (books.Holder, error) {
	of, err := joinedAccount(tx, member)
	if err != nil || of != "" {
		return of, err
	}
	return Survivor(tx, member)
}

// joinedAccount returns the account that a member came to; empty where she is in
// none but her own.
func joinedAccount(tx *database.Tx, member books.Holder) (of books.Holder, err error) {
	err = tx.QueryRow(`SELECT account FROM membership WHERE member = $1`, member).Scan(&of)
	if err := OrNone(err); err != nil {
		return "", fmt.Errorf("look up membership: %w", err)
	}
	return of, nil
}

// MemberOf returns which member an entry is of that says something of a person,
// where it is of an account.
func MemberOf(tx *database.Tx, e *ledger.Entry) (books.Holder, error) {
	who := books.Holder(e.Subject)
	if !e.Member.IsZero() {
		who = books.Holder(e.Member.String())
	}
	if erased, err := IsErased(tx, who); err != nil || erased {
		return who, err
	}
	of, err := joinedAccount(tx, who)
	if err != nil || of != "" {
		return who, err
	}
	return Survivor(tx, who)
}

// MembersOf returns the ids of an account's members, its own first; also of those
// whom headquarters knows nothing else of.
func MembersOf(tx *database.Tx, of books.Holder) ([]books.Holder, error) {
	others, err := ReadHolders(tx, `SELECT member FROM membership WHERE account = $1 ORDER BY member`, of)
	if err != nil {
		return nil, err
	}
	if own, err := hasOwnMember(tx, of, len(others) == 0); err != nil || !own {
		return others, err
	}
	return append([]books.Holder{of}, others...), nil
}

// hasOwnMember reports whether somebody under an account's own id is in it: she
// did not leave it, and it was not made for one who left another. One whom nobody
// else is in is its own, whatever is known of her.
func hasOwnMember(tx *database.Tx, of books.Holder, alone bool) (has bool, err error) {
	if erased, err := IsErased(tx, of); err != nil || erased {
		return false, err
	}
	if elsewhere, err := joinedAccount(tx, of); err != nil || elsewhere != "" {
		return false, err
	}
	if has, err = IsEnrolled(tx, of); err != nil || has || alone {
		return has || alone, err
	}
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM listed WHERE account = $1 AND member = '')`, of).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look for who is listed: %w", err)
	}
	return has, nil
}

// HasMembers reports whether anybody is known here to be in an account.
func HasMembers(tx *database.Tx, of books.Holder) (has bool, err error) {
	if has, err = IsEnrolled(tx, of); err != nil || has {
		return has, err
	}
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM membership WHERE account = $1 AND entry IS NOT NULL)`, of).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look up memberships: %w", err)
	}
	return has, nil
}

// Housemate is a member of an account, as she is known here.
type Housemate struct {
	ID     books.Holder
	Person *ledger.Person
	Cards  map[ledger.KeyedHash]string // by the chain's hash
}

// ReadPeople returns who members are (MembersOf), without those who were not enrolled.
func ReadPeople(tx *database.Tx, k keyring.Ring, members []books.Holder) (people []Housemate, err error) {
	for _, id := range members {
		m := Housemate{ID: id}
		if m.Person, err = ReadPerson(tx, k, id); err != nil {
			return nil, err
		}
		if m.Person == nil {
			continue
		}
		if m.Cards, err = ReadCards(tx, k, id); err != nil {
			return nil, err
		}
		people = append(people, m)
	}
	return people, nil
}
