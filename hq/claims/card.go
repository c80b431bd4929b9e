package claims

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// claimCard lets the first member who shows a card have it. A later one goes
// without it: a card makes no two members one, as a number does. One whom
// nobody enrolled claims nothing, because her entry will be passed over.
func claimCard(tx *database.Tx, k keyring.Ring, it *books.Item, r *books.Ruling) error {
	if it.Who == nil || it.Who.Person.Card == "" {
		return nil
	}
	for _, of := range []books.Holder{r.Member, books.Holder(it.Entry.Subject)} {
		if enrolled, err := records.IsEnrolled(tx, of); err != nil || enrolled {
			return errors.Join(err, claimCardOf(tx, k, it, r))
		}
	}
	return nil
}

func claimCardOf(tx *database.Tx, k keyring.Ring, it *books.Item, r *books.Ruling) error {
	winner, err := records.ListedAs(tx, k, ledger.CardIdentifier, it.Who.Person.Card)
	if err != nil {
		return err
	}
	if winner == "" {
		winner = r.Member
	}
	at, err := records.AccountOf(tx, winner)
	if err != nil {
		return err
	}
	home, err := records.AccountOf(tx, r.Member)
	if err != nil {
		return err
	}
	if at == home {
		if winner, _, err = Identifier(tx, it.Who.Card, r.Member, it.Entry.ID); err != nil {
			return err
		}
		err = Unlist(tx, k, ledger.CardIdentifier, it.Who.Person.Card, home)
	}
	if winner != r.Member {
		r.Duplicate = ledger.DuplicateName
	}
	return err
}

// AddCard keeps a card of a person under her key. One that stands already
// stays.
func AddCard(tx *database.Tx, k keyring.Ring, of books.Holder, profile ledger.EntryID, who *books.Identity) error {
	data, err := records.PersonKey(tx, k, of)
	if err != nil {
		return err
	}
	if err := tx.ExecMany(keepCard, [][]any{sealedCard(data, of, profile, who)}); err != nil {
		return fmt.Errorf("keep card: %w", err)
	}
	return nil
}

var keepCard = database.Many{Head: `
	INSERT INTO person_card (account, hash, entry, card)
	VALUES`, Tail: `
	ON CONFLICT (account, hash) DO NOTHING`}

// sealedCard is the row of a card of a person who has a key.
func sealedCard(data keys.DataKey, of books.Holder, profile ledger.EntryID, who *books.Identity) []any {
	text := data.SealField(string(of), records.CardField(who.Card), records.CardVersion, []byte(who.Person.Card))
	return []any{of, who.Card, profile, text}
}
