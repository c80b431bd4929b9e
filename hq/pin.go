package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A PIN is a person's: its argon2id hash comes in a profile's attachment, without a key
// over it, and is kept under her own key. Each store of whose working set she is gets
// it with the store's key over it, so that no store can compare it with what another
// has, and a copied directory tells nothing.

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

// tellPINs tells a store the PINs of an account's members, where it has the account in
// its working set, else that it has none: which is told to who was told of one before.
func (w *feedWriter) tellPINs(id ledger.AccountID, t *telling, whole bool) error {
	pins := &ledger.PINs{Account: id}
	for _, m := range t.people {
		if !whole || m.person.PIN == "" {
			continue
		}
		hash, err := pin.Read(m.person.PIN)
		if err != nil {
			return fmt.Errorf("PIN of %s: %w", m.id, err)
		}
		member := m.id.Member()
		keyed := hash.Under(func(sum []byte) [32]byte { return w.store.Lookup.Sum(ledger.PINKind, ledger.PINBytes(member, sum)) })
		pins.Members = append(pins.Members, ledger.MemberPIN{Member: member, Hash: keyed.Text()})
	}
	row := feedRow{
		version: t.version, ended: len(pins.Members) == 0,
		change: ledger.Change{Kind: ledger.PINChange, Key: id.String(), PINs: pins},
	}
	var err error
	if row.says, err = saysOf(row.change); err == nil {
		w.pins = append(w.pins, row)
	}
	return err
}
