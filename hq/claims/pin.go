package claims

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// setPIN keeps the PIN that a profile sets, unless it is not to be believed or she set
// another later. taken says that nobody need be told.
func setPIN(tx *database.Tx, k keyring.Ring, it *books.Item, at ledger.Millis) (taken bool, err error) {
	if _, err := pin.Read(it.Who.Person.PIN); err != nil {
		return false, nil
	}
	data, err := records.PersonKey(tx, k, it.Member)
	if err != nil {
		return false, err
	}
	var stands bool
	var setAt ledger.Millis
	err = tx.QueryRow(`SELECT pin IS NOT NULL, pin_at_ms FROM person WHERE account = $1`, it.Member).Scan(&stands, &setAt)
	if err != nil {
		return false, fmt.Errorf("read PIN: %w", err)
	}
	if !mayPIN(it.Entry, stands) {
		return false, nil
	}
	if at < setAt {
		return true, nil
	}
	sealed := data.SealField(string(it.Member), records.PinField, uint64(at), []byte(it.Who.Person.PIN))
	if _, err = tx.Exec(`UPDATE person SET pin = $1, pin_at_ms = $2 WHERE account = $3`, sealed, at, it.Member); err != nil {
		return false, fmt.Errorf("keep PIN: %w", err)
	}
	return true, nil
}

// mayPIN reports whether who wrote an entry may set a PIN: she was there, or a manager
// let it be. In the place of another it is set by that one alone, or a manager: else
// whoever finds a card has its PIN too.
func mayPIN(e *ledger.Entry, stands bool) bool {
	least := ledger.Presented
	if stands {
		least = ledger.Verified
	}
	return e.Approver != "" || e.Proof.Meets(least)
}
