package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A PIN is a person's: its argon2id hash comes in a profile's attachment, without a key
// over it, and is kept under her own key. Each store of whose working set she is gets
// it with the store's key over it, so that no store can compare it with what another
// has, and a copied directory tells nothing.

// tellPINs tells a store the PINs of an account's members, where it has the account in
// its working set, else that it has none: which is told to who was told of one before.
func (w *feedWriter) tellPINs(id ledger.AccountID, t *telling, whole bool) error {
	pins := &ledger.PINs{Account: id}
	for _, m := range t.people {
		if !whole || m.Person.PIN == "" {
			continue
		}
		hash, err := pin.Read(m.Person.PIN)
		if err != nil {
			return fmt.Errorf("PIN of %s: %w", m.ID, err)
		}
		member := m.ID.Member()
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
