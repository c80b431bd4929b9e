package records

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// SplittingOf reads what a split or part is about.
func SplittingOf(tx *database.Tx, b *books.Books, e *ledger.Entry) (s *books.Splitting, err error) {
	s = &books.Splitting{Split: e}
	if e.Kind == ledger.Part {
		if s.Split, err = ReadSplit(tx, e.Store, *e.Part); err != nil {
			return nil, err
		}
	}
	lane, err := ReadTerminal(tx, s.Split.Right.Terminal)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	s.To = books.Side{Store: lane.Store, Hub: lane.Hub}
	of, err := b.Right(s.Split.Right.Parent)
	if err != nil || of == nil {
		return s, err
	}
	hub, err := ReadTerminal(tx, of.Terminal)
	s.From = &books.Side{Store: hub.Store, Hub: hub.Hub}
	return s, err
}

// ReadSplit reads a split that a hub of a store signed.
func ReadSplit(tx *database.Tx, store ledger.StoreID, signed ledger.SignedEntry) (e *ledger.Entry, err error) {
	keys, err := hubKeys(tx, store)
	if err != nil {
		return nil, err
	}
	bad := fmt.Errorf("%w: this store has no hub", ledger.ErrPart)
	for _, key := range keys {
		if e, bad = ledger.ReadSplit(signed, key); bad == nil {
			return e, nil
		}
	}
	return nil, &books.PassOver{Reason: bad.Error()}
}

// hubKeys are those of the hubs that a store has had: what one signed before it was
// fenced stays signed.
func hubKeys(tx *database.Tx, store ledger.StoreID) (keys []ed25519.PublicKey, err error) {
	rows, err := tx.Query(`SELECT public_key FROM terminal WHERE store = $1 AND hub = 1`, store)
	if err != nil {
		return nil, fmt.Errorf("read hubs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("read hubs: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// ClaimCode reads a receipt's code; known says that it is one that the store's
// tills print.
func ClaimCode(tx *database.Tx, k keyring.Ring, at ledger.StoreID, text string) (code ledger.ClaimCode, known bool, err error) {
	store, err := ReadStore(tx, k, at)
	if err != nil {
		return code, false, err
	}
	code, known, err = ledger.ReadClaimCode(text, func(data []byte) ledger.Hash { return store.Lookup.Sum(ledger.ClaimSeal, data) })
	return code, known && err == nil, nil
}
