package claims

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A suspect is whoever keyed a number that her till did not know. She has a ledger
// of her own for each time, and the attachments of all of them, from whichever
// stores, lead to one hash.

// resolveSuspect finds a suspect by what she typed. One whom nobody enrolled
// yet keeps a ledger of her own, and is remembered. So is one for whom her till names an
// account beside the number: it has that of another lane, through a hub, and it is the
// number that says whose it is.
func resolveSuspect(tx *database.Tx, k keyring.Ring, it *books.Item, subject books.Holder) (books.Ruling, error) {
	who, err := records.FindsListed(tx, k, it.Who.Hash, it.Who.Person.Phone.E164)
	if err != nil {
		return books.Ruling{}, err
	}
	if who != "" {
		to, err := records.AccountOf(tx, who)
		return books.Ruling{Holder: to}, err
	}
	if _, named := subject.Account(); named {
		subject = books.Holder(ledger.SuspectSubject(ledger.SuspectID(it.Entry.ID)))
	}
	_, err = tx.Exec(`
		INSERT INTO suspect (hash, account)
		VALUES ($1, $2)
		ON CONFLICT (hash, account) DO NOTHING`, it.Who.Hash, subject)
	if err != nil {
		return books.Ruling{}, fmt.Errorf("remember suspect: %w", err)
	}
	return books.Ruling{Holder: subject}, nil
}

// resolveSuspects makes suspects of a number the member's whose it is now. What
// they have goes over as that of any account that became another's.
func resolveSuspects(tx *database.Tx, hash ledger.KeyedHash, winner books.Holder) error {
	suspects, err := records.ReadHolders(tx, `SELECT account FROM suspect WHERE hash = $1 ORDER BY account`, hash)
	if err != nil || len(suspects) == 0 {
		return err
	}
	to, err := records.AccountOf(tx, winner)
	if err != nil {
		return err
	}
	for _, suspect := range suspects {
		if err := Forward(tx, suspect, to); err != nil {
			return err
		}
	}
	return nil
}
