package records

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxIdentifier bounds an E.164 number: '+' and 15 digits (ITU-T E.164 §6).
const maxIdentifier = 16

// MaxName bounds what a person may be called, in bytes.
const MaxName = 256

// identify opens an entry's attachment. Its errors tell nothing of what it
// says.
func identify(k keyring.Ring, cipher []byte) (*books.Identity, error) {
	who, err := OpenPerson(k, cipher)
	if err != nil {
		return nil, err
	}
	if !who.Person.Account.IsZero() {
		return who, nil
	}
	if who.Person.Phone == nil || !isE164(who.Person.Phone.E164) {
		return nil, fmt.Errorf("the attachment has no number in international form")
	}
	who.Hash = k.Blind(ledger.PhoneIdentifier, who.Person.Phone.E164)
	return who, nil
}

// profiled opens a profile's attachment, which says how a person is called, what card
// she has or what PIN.
func profiled(k keyring.Ring, cipher []byte) (*books.Identity, error) {
	who, err := OpenPerson(k, cipher)
	if err != nil {
		return nil, err
	}
	name, card := who.Person.Name, who.Person.Card
	if name == "" && card == "" && who.Person.PIN == "" || len(name) > MaxName || len(card) > maxCard {
		return nil, fmt.Errorf("the attachment gives neither a name of up to %d bytes, nor a card of up to %d, nor a PIN", MaxName, maxCard)
	}
	if card != "" {
		who.Card = k.Blind(ledger.CardIdentifier, card)
	}
	return who, nil
}

// OpenPerson opens what somebody sealed for headquarters of a person.
func OpenPerson(k keyring.Ring, cipher []byte) (*books.Identity, error) {
	plain, err := keys.OpenAttachment(k.Identity, cipher)
	if err != nil {
		return nil, fmt.Errorf("open attachment: %w", err)
	}
	var who books.Identity
	if err := ledger.DecodeJSON(plain, &who.Person); err != nil {
		return nil, fmt.Errorf("the attachment does not say who it is about") // err may quote it
	}
	return &who, nil
}

func isE164(text string) bool {
	if len(text) < 5 || len(text) > maxIdentifier || text[0] != '+' {
		return false
	}
	for _, c := range text[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
