package hq

import (
	"cmp"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// listedAs returns which member the tills list under an identifier, or "". A
// number is nobody's who was enrolled under her own.
func listedAs(tx *database.Tx, k keyring.Ring, kind, value string) (books.Holder, error) {
	rows, err := readListed(tx, k, kind, value)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		if kind != ledger.PhoneIdentifier {
			return row.whose(), nil
		}
		if enrolled, err := records.IsEnrolled(tx, row.whose()); err != nil || !enrolled {
			return row.whose(), err
		}
	}
	return "", nil
}

// unlist takes away what the tills of any store list under an identifier that
// somebody else has a claim to.
func unlist(tx *database.Tx, k keyring.Ring, kind, value string, claims books.Holder) error {
	rows, err := readListed(tx, k, kind, value)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.of == claims {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM listed WHERE store = $1 AND hash = $2`, row.store, row.hash); err != nil {
			return fmt.Errorf("drop what is listed: %w", err)
		}
		if err := touch(tx, row.of); err != nil {
			return err
		}
	}
	return nil
}

// listed is an identifier as the tills of a store list it.
type listed struct {
	heard
	of     books.Holder
	member books.Holder // empty where it is the account's own
}

// whose is the member's id that it leads to.
func (l listed) whose() books.Holder { return cmp.Or(l.member, l.of) }

// readListed returns what each store's tills list under an identifier.
func readListed(tx *database.Tx, k keyring.Ring, kind, value string) (rows []listed, err error) {
	var some bool
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM listed)`).Scan(&some); err != nil || !some {
		return nil, err // as a rule
	}
	stores, err := records.ReadStores(tx, k)
	if err != nil {
		return nil, err
	}
	for _, store := range stores {
		row := listed{heard: heard{store.ID, ledger.KeyedHash(store.Lookup.Hash(kind, value)).Abridged()}}
		err := tx.QueryRow(`SELECT account, member FROM listed WHERE store = $1 AND hash = $2`, row.store, row.hash).
			Scan(&row.of, &row.member)
		if err := records.OrNone(err); err != nil {
			return nil, fmt.Errorf("look up what is listed: %w", err)
		}
		if row.of != "" {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// findsListed returns who has a number: by claim, or else as the tills list her.
func findsListed(tx *database.Tx, k keyring.Ring, hash ledger.KeyedHash, e164 string) (books.Holder, error) {
	who, err := records.Claimant(tx, hash)
	if err != nil || who != "" {
		return who, err
	}
	return listedAs(tx, k, ledger.PhoneIdentifier, e164)
}

// listing is one row that is believed.
type listing struct {
	heard
	member books.Holder // as in listed
	name   string
}

// readListings returns what the tills list of an account.
func readListings(tx *database.Tx, of books.Holder) ([]listing, error) {
	rows, err := tx.Query(`
		SELECT store, hash, member, name
		FROM listed
		WHERE account = $1 AND believed = 1
		ORDER BY store, hash`, of)
	if err != nil {
		return nil, fmt.Errorf("read what is listed: %w", err)
	}
	defer rows.Close()
	var listings []listing
	for rows.Next() {
		var l listing
		if err := rows.Scan(&l.store, &l.hash, &l.member, &l.name); err != nil {
			return nil, fmt.Errorf("read what is listed: %w", err)
		}
		listings = append(listings, l)
	}
	return listings, rows.Err()
}
