package erasure

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Whom attachments name is kept beside them, as keyed hashes under the chain's key: by
// those they are found when she is erased.

// namesNobody stands where an attachment was looked at and names nobody.
var namesNobody ledger.KeyedHash

// accountKind is the kind under which accounts' ids are hashed.
const accountKind = "account"

// namesOf are the keyed hashes of all that an entry's attachment names.
func namesOf(k keyring.Ring, who *books.Identity) (hashes []ledger.KeyedHash) {
	var zero ledger.KeyedHash
	if who.Hash != zero {
		hashes = append(hashes, who.Hash)
	}
	if who.Card != zero {
		hashes = append(hashes, who.Card)
	}
	if id := who.Person.Account; !id.IsZero() {
		hashes = append(hashes, k.Blind(accountKind, id.String()))
	}
	return hashes
}

// Naming is whom an attachment names.
type Naming struct {
	of    Attachment
	names []ledger.KeyedHash
}

// Keep keeps it.
func (n Naming) Keep(tx *database.Tx) error { return n.of.name(tx, n.names) }

// ReadUnnamed says whom those attachments name that were not looked at, at most so many:
// a release before this one projected their entries, or they wait for theirs.
func ReadUnnamed(tx *database.Tx, k keyring.Ring, most int) (all []Naming, err error) {
	some, err := ReadAttachments(tx, `
		SELECT a.terminal, a.hash
		FROM attachment a
		WHERE NOT EXISTS (SELECT 1 FROM attachment_names n WHERE n.terminal = a.terminal AND n.hash = a.hash)
		LIMIT $1`, most)
	for _, a := range some {
		names, err := namesIn(tx, k, a)
		if err != nil {
			return nil, err
		}
		all = append(all, Naming{a, names})
	}
	return all, err
}

// namesIn is whom an attachment names by itself; a profile's is found by its entry,
// among those of the member.
func namesIn(tx *database.Tx, k keyring.Ring, a Attachment) ([]ledger.KeyedHash, error) {
	var cipher []byte
	if err := tx.QueryRow(`SELECT data FROM attachment WHERE terminal = $1 AND hash = $2`, a.Terminal, a.Hash).Scan(&cipher); err != nil {
		return nil, fmt.Errorf("read attachment: %w", err)
	}
	who, err := records.OpenPerson(k, cipher)
	if err != nil {
		return nil, nil // it names nobody to us
	}
	if p := who.Person.Phone; p != nil {
		who.Hash = k.Blind(ledger.PhoneIdentifier, p.E164)
	}
	if card := who.Person.Card; card != "" {
		who.Card = k.Blind(ledger.CardIdentifier, card)
	}
	return namesOf(k, who), nil
}
