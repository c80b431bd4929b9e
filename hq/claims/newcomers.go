package claims

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Newcomer is somebody of whom nothing stands here yet.
type Newcomer struct {
	Of     books.Holder
	By     ledger.EntryID // by which she is enrolled
	At     ledger.Millis
	Person ledger.Person
	Number ledger.KeyedHash
	Card   ledger.KeyedHash // where she brings one
}

var (
	claimAccounts = database.Many{Head: `
		INSERT INTO claim_account (account, entry)
		VALUES`, Tail: `
		ON CONFLICT (account) DO NOTHING`}
	claimIdentifiers = database.Many{Head: `
		INSERT INTO claim_identifier (hash, account, entry)
		VALUES`, Tail: `
		ON CONFLICT (hash) DO NOTHING`}
)

// Newcomers claims what newcomers are found by, and keeps who they are. It fails unless
// each is the first.
func Newcomers(tx *database.Tx, k keyring.Ring, all []Newcomer) error {
	accounts, people := make([][]any, len(all)), make([][]any, len(all))
	var cards [][]any
	for i := range all {
		n := &all[i]
		kept, data, err := sealed(k, n.Of, n.By, n.Person, n.At)
		if err != nil {
			return err
		}
		accounts[i], people[i] = []any{n.Of, n.By}, kept
		if n.Person.Card != "" {
			cards = append(cards, sealedCard(data, n.Of, n.By, &books.Identity{Person: n.Person, Card: n.Card}))
		}
	}
	for _, first := range []struct {
		what  string
		claim database.Many
		rows  [][]any
	}{
		{"claim accounts", claimAccounts, accounts},
		{"claim identifiers", claimIdentifiers, identifiersOf(all)},
		{"keep persons", keepPerson, people},
		{"keep cards", keepCard, cards},
	} {
		if err := claimFirst(tx, first.claim, first.rows); err != nil {
			return fmt.Errorf("%s: %w", first.what, err)
		}
	}
	return nil
}

// identifiersOf are rows of what newcomers are found by, in the order of their keys: the
// pages that they go to are then met once.
func identifiersOf(all []Newcomer) [][]any {
	type identifier struct {
		hash ledger.KeyedHash
		n    *Newcomer
	}
	var found []identifier
	for i := range all {
		n := &all[i]
		found = append(found, identifier{n.Number, n})
		if n.Person.Card != "" {
			found = append(found, identifier{n.Card, n})
		}
	}
	slices.SortFunc(found, func(a, b identifier) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	rows := make([][]any, len(found))
	for i, f := range found {
		rows[i] = []any{f.hash, f.n.Of, f.n.By}
	}
	return rows
}
