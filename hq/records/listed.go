package records

import (
	"cmp"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ListedAs returns which member the tills list under an identifier, or "". A
// number is nobody's who was enrolled under her own.
func ListedAs(tx *database.Tx, k keyring.Ring, kind, value string) (books.Holder, error) {
	rows, err := ReadListed(tx, k, kind, value)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		if kind != ledger.PhoneIdentifier {
			return row.Whose(), nil
		}
		if enrolled, err := IsEnrolled(tx, row.Whose()); err != nil || !enrolled {
			return row.Whose(), err
		}
	}
	return "", nil
}

// Heard names a row of what is listed.
type Heard struct {
	Store ledger.StoreID
	Hash  ledger.KeyedHash // abridged
}

// Listed is an identifier as the tills of a store list it.
type Listed struct {
	Heard
	Of     books.Holder
	Member books.Holder // empty where it is the account's own
}

// Whose is the member's id that it leads to.
func (l Listed) Whose() books.Holder { return cmp.Or(l.Member, l.Of) }

// IsAnyListed reports whether tills list anybody, as a rule those of a headquarters that
// was restored.
func IsAnyListed(tx *database.Tx) (some bool, err error) {
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM listed)`).Scan(&some); err != nil {
		return false, fmt.Errorf("look for who is listed: %w", err)
	}
	return some, nil
}

// ReadListed returns what each store's tills list under an identifier.
func ReadListed(tx *database.Tx, k keyring.Ring, kind, value string) (rows []Listed, err error) {
	if some, err := IsAnyListed(tx); err != nil || !some {
		return nil, err // as a rule
	}
	stores, err := ReadStores(tx, k)
	if err != nil {
		return nil, err
	}
	for _, store := range stores {
		row := Listed{Heard: Heard{store.ID, ledger.KeyedHash(store.Lookup.Hash(kind, value)).Abridged()}}
		err := tx.QueryRow(`SELECT account, member FROM listed WHERE store = $1 AND hash = $2`, row.Store, row.Hash).
			Scan(&row.Of, &row.Member)
		if err := OrNone(err); err != nil {
			return nil, fmt.Errorf("look up what is listed: %w", err)
		}
		if row.Of != "" {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// FindsListed returns who has a number: by claim, or else as the tills list her.
func FindsListed(tx *database.Tx, k keyring.Ring, hash ledger.KeyedHash, e164 string) (books.Holder, error) {
	who, err := Claimant(tx, hash)
	if err != nil || who != "" {
		return who, err
	}
	return ListedAs(tx, k, ledger.PhoneIdentifier, e164)
}

// Listing is one row that is believed.
type Listing struct {
	Heard
	Member books.Holder // as in Listed
	Name   string
}

// ReadListings returns what the tills list of an account.
func ReadListings(tx *database.Tx, of books.Holder) ([]Listing, error) {
	rows, err := tx.Query(`
		SELECT store, hash, member, name
		FROM listed
		WHERE account = $1 AND believed = 1
		ORDER BY store, hash`, of)
	if err != nil {
		return nil, fmt.Errorf("read what is listed: %w", err)
	}
	defer rows.Close()
	var listings []Listing
	for rows.Next() {
		var l Listing
		if err := rows.Scan(&l.Store, &l.Hash, &l.Member, &l.Name); err != nil {
			return nil, fmt.Errorf("read what is listed: %w", err)
		}
		listings = append(listings, l)
	}
	return listings, rows.Err()
}

// FindMember returns the member who has a number and the account that she is in,
// or ErrNotFound.
func FindMember(tx *database.Tx, k keyring.Ring, e164 string) (member, of books.Holder, err error) {
	if member, err = FindsListed(tx, k, k.Blind(ledger.PhoneIdentifier, e164), e164); err != nil {
		return "", "", err
	}
	if of, err = AccountOf(tx, member); err != nil {
		return "", "", err
	}
	if _, ok := of.Account(); !ok {
		return "", "", ErrNotFound
	}
	return member, of, nil
}
