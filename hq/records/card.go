package records

import (
	"encoding/hex"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ReadCards returns the cards of a member by the hashes they are
// claimed under.
func ReadCards(tx *database.Tx, k keyring.Ring, of books.Holder) (map[ledger.KeyedHash]string, error) {
	sealed, err := readSealedCards(tx, of)
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	data, err := PersonKey(tx, k, of)
	if err != nil {
		return nil, err
	}
	cards := make(map[ledger.KeyedHash]string, len(sealed))
	for hash, cipher := range sealed {
		plain, err := data.OpenField(string(of), CardField(hash), CardVersion, cipher)
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

// PersonKey returns the key of a person's own.
func PersonKey(tx *database.Tx, k keyring.Ring, of books.Holder) (data keys.DataKey, err error) {
	var wrapped []byte
	err = tx.QueryRow(`SELECT wrapped_key FROM person WHERE account = $1`, of).Scan(&wrapped)
	if err := OrNone(err); err != nil {
		return data, fmt.Errorf("read person: %w", err)
	}
	if wrapped == nil {
		return data, ErrNobody
	}
	if data, err = k.Master.UnwrapKey(string(of), wrapped); err != nil {
		return data, fmt.Errorf("read person of %s: %w", of, err)
	}
	return data, nil
}

// CardField names the sealed field of a card.
func CardField(hash ledger.KeyedHash) string { return "card " + hex.EncodeToString(hash[:]) }

// CardVersion is that of each sealed card: none is ever written over.
const CardVersion = 1

// maxCard bounds the number of a card, in bytes.
const maxCard = 64
