package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// An account is one member's, or several members' (a household, a company). Who a
// member is stands under her own id and her own key; what she is found by leads to
// that id, and from there to the account that she is in. A member's id is the
// account's where she was enrolled by herself. Ledgers know nothing of this: what
// was posted to an account stays there, whoever leaves it.

// accountOf returns the account that a member is in now.
func accountOf(tx *database.Tx, member books.Holder) (books.Holder, error) {
	of, err := joinedAccount(tx, member)
	if err != nil || of != "" {
		return of, err
	}
	return survivor(tx, member)
}

// joinedAccount returns the account that a member came to; empty where she is in
// none but her own.
func joinedAccount(tx *database.Tx, member books.Holder) (of books.Holder, err error) {
	err = tx.QueryRow(`SELECT account FROM membership WHERE member = $1`, member).Scan(&of)
	if err := orNone(err); err != nil {
		return "", fmt.Errorf("look up membership: %w", err)
	}
	return of, nil
}

// memberOf returns which member an entry is of that says something of a person,
// where it is of an account.
func memberOf(tx *database.Tx, e *ledger.Entry) (books.Holder, error) {
	who := books.Holder(e.Subject)
	if !e.Member.IsZero() {
		who = books.Holder(e.Member.String())
	}
	if erased, err := isErased(tx, who); err != nil || erased {
		return who, err
	}
	of, err := joinedAccount(tx, who)
	if err != nil || of != "" {
		return who, err
	}
	return survivor(tx, who)
}

// enterHousehold makes somebody a member of an account, by an entry. One who is in
// an account by another entry stays there. From now on what is written of the
// account that she would have had is the other's.
func enterHousehold(tx *database.Tx, member, account books.Holder, by ledger.EntryID) error {
	if member == account {
		return nil
	}
	_, err := tx.Exec(`
		INSERT INTO membership (member, account, entry)
		VALUES ($1, $2, $3)
		ON CONFLICT (member) DO NOTHING`, member, account, by)
	if err != nil {
		return fmt.Errorf("join household: %w", err)
	}
	return forwardTo(tx, member, account)
}

// membersOf returns the ids of an account's members, its own first; also of those
// whom headquarters knows nothing else of.
func membersOf(tx *database.Tx, of books.Holder) ([]books.Holder, error) {
	others, err := readHolders(tx, `SELECT member FROM membership WHERE account = $1 ORDER BY member`, of)
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
	if erased, err := isErased(tx, of); err != nil || erased {
		return false, err
	}
	if elsewhere, err := joinedAccount(tx, of); err != nil || elsewhere != "" {
		return false, err
	}
	if has, err = isEnrolled(tx, of); err != nil || has || alone {
		return has || alone, err
	}
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM listed WHERE account = $1 AND member = '')`, of).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look for who is listed: %w", err)
	}
	return has, nil
}

// hasMembers reports whether anybody is known here to be in an account.
func hasMembers(tx *database.Tx, of books.Holder) (has bool, err error) {
	if has, err = isEnrolled(tx, of); err != nil || has {
		return has, err
	}
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM membership WHERE account = $1 AND entry IS NOT NULL)`, of).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look up memberships: %w", err)
	}
	return has, nil
}

// housemate is a member of an account, as she is known here.
type housemate struct {
	id     books.Holder
	person *ledger.Person
	cards  map[ledger.KeyedHash]string // by the chain's hash
}

// readPeople returns who an account's members are; none where nobody was
// enrolled.
func readPeople(tx *database.Tx, k keyring.Ring, of books.Holder) (people []housemate, err error) {
	members, err := membersOf(tx, of)
	if err != nil {
		return nil, err
	}
	for _, id := range members {
		m := housemate{id: id}
		if m.person, err = readPerson(tx, k, id); err != nil {
			return nil, err
		}
		if m.person == nil {
			continue
		}
		if m.cards, err = readCards(tx, k, id); err != nil {
			return nil, err
		}
		people = append(people, m)
	}
	return people, nil
}

// profileOf is what conditions may ask when nobody is here: of the one member of
// an account, and of nobody in a household.
func profileOf(tx *database.Tx, k keyring.Ring, of books.Holder) (loyalty.Profile, error) {
	members, err := membersOf(tx, of)
	if err != nil || len(members) != 1 {
		return loyalty.Profile{}, err
	}
	return memberProfile(tx, k, members[0])
}
