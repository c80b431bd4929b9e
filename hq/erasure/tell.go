package erasure

import (
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ReadBehind returns the stores that were not told of every erasure.
func ReadBehind(tx *database.Tx) (stores []ledger.StoreID, err error) {
	all, err := records.ReadHolders(tx, `
		SELECT store FROM store
		WHERE erasures_ms < (SELECT coalesce(max(serial_ms), 0) FROM erasure)
		ORDER BY store`)
	for _, store := range all {
		stores = append(stores, ledger.StoreID(store))
	}
	return stores, err
}

// ReadUntold returns the erasures that a store was not told of, in order of their
// serials, at most so many.
func ReadUntold(tx *database.Tx, store ledger.StoreID, most int) ([]Erasure, error) {
	return read(tx, `
		SELECT `+columns+`
		FROM erasure
		WHERE serial_ms > (SELECT erasures_ms FROM store WHERE store = $1)
		ORDER BY serial_ms
		LIMIT $2`, store, most)
}

// NoteTold notes that a store was told of all erasures up to a serial.
func NoteTold(tx *database.Tx, store ledger.StoreID, serial ledger.Millis) error {
	_, err := tx.Exec(`UPDATE store SET erasures_ms = $1 WHERE store = $2`, serial, store)
	return err
}

// Telling is what a store's tills are told of a member's erasure: the ids that were hers
// alone, and the attachments that they sent of her.
func (x *Erasure) Telling(tx *database.Tx, store ledger.StoreID) (*ledger.Erasure, error) {
	e := &ledger.Erasure{Serial: x.Serial, Member: x.Member.Member()}
	if x.Alone {
		ids, err := x.accounts(tx)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			account, _ := id.Account()
			e.Accounts = append(e.Accounts, account)
		}
	}
	named, err := ReadAttachments(tx, `
		SELECT a.terminal, a.hash
		FROM erased_attachment a
		JOIN terminal t ON t.terminal = a.terminal
		WHERE a.member = $1 AND t.store = $2
		ORDER BY a.hash`, x.Member, store)
	if err != nil {
		return nil, err
	}
	for _, a := range named {
		e.Attachments = append(e.Attachments, a.Hash)
	}
	return e, nil
}
