package hq

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// again gives a code to a terminal that this headquarters has forgotten, put back
// from a backup made before it was enrolled. It keeps its id, so that its journal,
// chain and rights are what they were, and is heard as those are that a restored
// headquarters waits for: rights handed back first, then all its entries.
func (h *Headquarters) again(tx *database.Tx, code enrollmentCode, was wire.Again) (enrollmentCode, error) {
	if code.terminal == was.Terminal {
		return code, nil // its first answer was lost
	}
	if was.Hub != code.hub {
		return code, wire.Refuse(wire.CodeInvalid, "a hub needs a hub's code (`loyaltyd hq code --hub`), and a till another")
	}
	_, err := records.ReadTerminal(tx, was.Terminal)
	if err == nil {
		return code, wire.Refuse(wire.CodeInvalid, "this terminal is known here: it needs no other code")
	}
	if !errors.Is(err, records.ErrNotFound) {
		return code, err
	}
	if err := h.knowsAs(tx, code.store, was.LookupKey); err != nil {
		return code, err
	}
	if _, err := tx.Exec(`INSERT INTO awaited (terminal) VALUES ($1)`, was.Terminal); err != nil {
		return code, fmt.Errorf("await terminal: %w", err)
	}
	code.terminal = was.Terminal
	_, err = tx.Exec(`UPDATE enrollment_code SET terminal = $1 WHERE code_hash = $2`, code.terminal, code.hash)
	return code, err
}

// knowsAs wants a store to have the lookup key that a terminal has. One that was
// lost with it, and made again since, takes it over while it has no terminal.
func (h *Headquarters) knowsAs(tx *database.Tx, id ledger.StoreID, key []byte) error {
	store, err := records.ReadStore(tx, h.keys, id)
	if err != nil {
		return err
	}
	have, err := keyring.RawLookup(store.Lookup)
	if err != nil || bytes.Equal(have, key) {
		return err
	}
	lookup, err := keys.ParseLookup(base64.RawURLEncoding.EncodeToString(key))
	if err != nil {
		return wire.Refuse(wire.CodeInvalid, "the lookup key cannot be read")
	}
	var terminals int
	if err := tx.QueryRow(`SELECT count(*) FROM terminal WHERE store = $1`, id).Scan(&terminals); err != nil {
		return err
	}
	if terminals > 0 {
		return wire.Refuse(wire.CodeInvalid, fmt.Sprintf("this terminal was of another store than %q, or of one that was lost and made again with other terminals", string(id)))
	}
	return h.rekeyStore(tx, id, lookup)
}

// rekeyStore gives a store that nobody reads the feed of another lookup key: who
// was told under the old one is told anew.
func (h *Headquarters) rekeyStore(tx *database.Tx, id ledger.StoreID, lookup keys.Lookup) error {
	wrapped, sealed := h.keys.SealStoreKey(id, lookup)
	_, err := tx.Exec(`UPDATE store SET wrapped_key = $1, sealed_lookup = $2 WHERE store = $3`, wrapped, sealed, id)
	if err != nil {
		return fmt.Errorf("keep lookup key: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM feed WHERE store = $1 AND kind = $2`, id, ledger.AccountChange); err != nil {
		return fmt.Errorf("feed store anew: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM feed_apart WHERE store = $1 AND kind = $2`, id, ledger.HouseholdChange); err != nil {
		return fmt.Errorf("feed store anew: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM feed_pin WHERE store = $1`, id); err != nil {
		return fmt.Errorf("feed store anew: %w", err)
	}
	return posting.MarkAllForFeed(tx)
}
