package hq

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxCard bounds the number of a card, in bytes.
const maxCard = 64

// claimCard lets the first member who shows a card have it. A later one goes
// without it: a card makes no two members one, as a number does. One whom
// nobody enrolled claims nothing, because her entry will be passed over.
func claimCard(tx *database.Tx, k keyring.Ring, it *books.Item, r *books.Ruling) error {
	if it.Who == nil || it.Who.Person.Card == "" {
		return nil
	}
	for _, of := range []books.Holder{r.Member, books.Holder(it.Entry.Subject)} {
		if enrolled, err := isEnrolled(tx, of); err != nil || enrolled {
			return errors.Join(err, claimCardOf(tx, k, it, r))
		}
	}
	return nil
}

func claimCardOf(tx *database.Tx, k keyring.Ring, it *books.Item, r *books.Ruling) error {
	winner, err := listedAs(tx, k, ledger.CardIdentifier, it.Who.Person.Card)
	if err != nil {
		return err
	}
	if winner == "" {
		winner = r.Member
	}
	at, err := accountOf(tx, winner)
	if err != nil {
		return err
	}
	home, err := accountOf(tx, r.Member)
	if err != nil {
		return err
	}
	if at == home {
		if winner, _, err = claimIdentifier(tx, it.Who.Card, r.Member, it.Entry.ID); err != nil {
			return err
		}
		err = unlist(tx, k, ledger.CardIdentifier, it.Who.Person.Card, home)
	}
	if winner != r.Member {
		r.Duplicate = ledger.DuplicateName
	}
	return err
}

// addCard keeps a card of a person under her key. One that stands already
// stays.
func addCard(tx *database.Tx, k keyring.Ring, of books.Holder, profile ledger.EntryID, who *books.Identity) error {
	data, err := personKey(tx, k, of)
	if err != nil {
		return err
	}
	sealed := data.SealField(string(of), cardField(who.Card), cardVersion, []byte(who.Person.Card))
	_, err = tx.Exec(`
		INSERT INTO person_card (account, hash, entry, card)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (account, hash) DO NOTHING`, of, who.Card, profile, sealed)
	if err != nil {
		return fmt.Errorf("keep card: %w", err)
	}
	return nil
}

// cardVersion is that of each sealed card: none is ever written over.
const cardVersion = 1

// cardField names the sealed field of a card.
func cardField(hash ledger.KeyedHash) string { return "card " + hex.EncodeToString(hash[:]) }

// personKey returns the key of a person's own.
func personKey(tx *database.Tx, k keyring.Ring, of books.Holder) (data keys.DataKey, err error) {
	var wrapped []byte
	err = tx.QueryRow(`SELECT wrapped_key FROM person WHERE account = $1`, of).Scan(&wrapped)
	if err := orNone(err); err != nil {
		return data, fmt.Errorf("read person: %w", err)
	}
	if wrapped == nil {
		return data, errNobody
	}
	if data, err = k.Master.UnwrapKey(string(of), wrapped); err != nil {
		return data, fmt.Errorf("read person of %s: %w", of, err)
	}
	return data, nil
}

// readCards returns the cards of a member by the hashes they are
// claimed under.
func readCards(tx *database.Tx, k keyring.Ring, of books.Holder) (map[ledger.KeyedHash]string, error) {
	sealed, err := readSealedCards(tx, of)
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	data, err := personKey(tx, k, of)
	if err != nil {
		return nil, err
	}
	cards := make(map[ledger.KeyedHash]string, len(sealed))
	for hash, cipher := range sealed {
		plain, err := data.OpenField(string(of), cardField(hash), cardVersion, cipher)
		if err != nil {
			return nil, fmt.Errorf("read card of %s: %w", of, err)
		}
		cards[hash] = string(plain)
	}
	return cards, nil
}

func readSealedCards(tx *database.Tx, of books.Holder) (map[ledger.KeyedHash][]byte, error) {
	rows, err := tx.Query(`SELECT hash, card FROM person_card WHERE account = $1`, of)
	if err != nil {
		return nil, fmt.Errorf("read cards: %w", err)
	}
	defer rows.Close()
	sealed := map[ledger.KeyedHash][]byte{}
	for rows.Next() {
		var hash ledger.KeyedHash
		var cipher []byte
		if err := rows.Scan(&hash, &cipher); err != nil {
			return nil, fmt.Errorf("read cards: %w", err)
		}
		sealed[hash] = cipher
	}
	return sealed, rows.Err()
}
