package hq

import (
	"context"
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

// nameAttachments looks whom those attachments name that were not looked at: a
// release before this one projected their entries, or they wait for theirs.
func (h *Headquarters) nameAttachments(ctx context.Context) error {
	for {
		var some []attached
		var names [][]ledger.KeyedHash
		err := h.view(ctx, func(tx *database.Tx) (err error) {
			some, err = readAttached(tx, `
				SELECT a.terminal, a.hash
				FROM attachment a
				WHERE NOT EXISTS (SELECT 1 FROM attachment_names n WHERE n.terminal = a.terminal AND n.hash = a.hash)
				LIMIT $1`, chunk)
			for _, a := range some {
				named, err := namesIn(tx, h.keys, a)
				if err != nil {
					return err
				}
				names = append(names, named)
			}
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		err = h.update(ctx, func(tx *database.Tx) error {
			for i, a := range some {
				if err := a.name(tx, names[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// namesIn is whom an attachment names by itself; a profile's is found by its entry,
// among those of the member.
func namesIn(tx *database.Tx, k keyring.Ring, a attached) ([]ledger.KeyedHash, error) {
	var cipher []byte
	if err := tx.QueryRow(`SELECT data FROM attachment WHERE terminal = $1 AND hash = $2`, a.terminal, a.hash).Scan(&cipher); err != nil {
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
