package records

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// ErrNotFound says that there is no such store, terminal, member or entry.
var ErrNotFound = errors.New("not found")

// Store is a store with its key.
type Store struct {
	wire.Store
	Program string
	Lookup  keys.Lookup
}

// HashesOf are a member's identifiers as the store finds her by them: her number
// first.
func (s *Store) HashesOf(m Housemate) []ledger.KeyedHash {
	hashes := []ledger.KeyedHash{s.Lookup.Hash(ledger.PhoneIdentifier, m.Person.Phone.E164)}
	for _, card := range slices.Sorted(maps.Values(m.Cards)) {
		hashes = append(hashes, s.Lookup.Hash(ledger.CardIdentifier, card))
	}
	return hashes
}

// CountStores returns how many stores there are.
func CountStores(tx *database.Tx) (n int, err error) {
	if err := tx.QueryRow(`SELECT count(*) FROM store`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count stores: %w", err)
	}
	return n, nil
}

// ReadStores returns all stores in order of their ids.
func ReadStores(tx *database.Tx, k keyring.Ring) ([]Store, error) {
	rows, err := tx.Query(`
		SELECT store, name, currency_code, time_zone, region, program, wrapped_key, sealed_lookup
		FROM store
		ORDER BY store`)
	if err != nil {
		return nil, fmt.Errorf("read stores: %w", err)
	}
	defer rows.Close()
	var stores []Store
	for rows.Next() {
		var s Store
		var wrapped, sealed []byte
		if err := rows.Scan(&s.ID, &s.Name, &s.Currency, &s.TimeZone, &s.Region, &s.Program, &wrapped, &sealed); err != nil {
			return nil, fmt.Errorf("read stores: %w", err)
		}
		if s.Lookup, err = k.OpenStoreKey(s.ID, wrapped, sealed); err != nil {
			return nil, err
		}
		stores = append(stores, s)
	}
	return stores, rows.Err()
}

// ReadStore returns one store, or ErrNotFound.
func ReadStore(tx *database.Tx, k keyring.Ring, id ledger.StoreID) (Store, error) {
	var s Store
	var wrapped, sealed []byte
	err := tx.QueryRow(`
		SELECT store, name, currency_code, time_zone, region, program, wrapped_key, sealed_lookup
		FROM store
		WHERE store = $1`, id).
		Scan(&s.ID, &s.Name, &s.Currency, &s.TimeZone, &s.Region, &s.Program, &wrapped, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("store %q: %w", string(id), ErrNotFound)
	}
	if err != nil {
		return s, fmt.Errorf("read store: %w", err)
	}
	s.Lookup, err = k.OpenStoreKey(id, wrapped, sealed)
	return s, err
}

// ZoneOf is the time zone in which a store's days begin.
func ZoneOf(tx *database.Tx, store ledger.StoreID) (*time.Location, error) {
	var name string
	err := tx.QueryRow(`SELECT time_zone FROM store WHERE store = $1`, store).Scan(&name)
	if err := OrNone(err); err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("store %q: %w", string(store), err)
	}
	return zone, nil
}

// ZoneOfLane is the zone of the store where a member was served last under a
// program.
func ZoneOfLane(tx *database.Tx, b *books.Books, program string) (*time.Location, error) {
	return NewLanes(tx).ZoneOf(b, program)
}

// ZoneOfTerminal is the zone of a terminal's store.
func ZoneOfTerminal(tx *database.Tx, id ledger.TerminalID) (*time.Location, error) {
	of := NewLanes(tx).of(id)
	return of.zone, of.err
}
