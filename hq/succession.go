package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// forgetRetired takes a key whose time is over out of the file, once.
func (h *Headquarters) forgetRetired() error {
	h.keyFile.Lock()
	defer h.keyFile.Unlock()
	held := h.keys.Held()
	if h.forgot.Load() == held {
		return nil
	}
	err := keyring.DropRetired(h.dir, held)
	if err == nil {
		h.forgot.Store(held)
	}
	return err
}

// noteSuccessions has the database know what the key file knows, so that another
// process with an older key file is found out.
func (h *Headquarters) noteSuccessions(tx *database.Tx) error {
	for _, link := range h.keys.Line().Links() {
		_, err := tx.Exec(`
			INSERT INTO signing_key (key_id, body, by_old, by_new, announced_at_ms)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (key_id) DO NOTHING`,
			ledger.KeyID(link.New), link.Signed.Body, link.Signed.ByOld, link.Signed.ByNew, link.At)
		if err != nil {
			return fmt.Errorf("note succession of keys: %w", err)
		}
	}
	return nil
}

// readSuccessions returns what some process of this headquarters announced.
func readSuccessions(tx *database.Tx) (all []ledger.SignedSuccession, err error) {
	rows, err := tx.Query(`SELECT body, by_old, by_new FROM signing_key ORDER BY announced_at_ms, key_id`)
	if err != nil {
		return nil, fmt.Errorf("read succession of keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s ledger.SignedSuccession
		if err := rows.Scan(&s.Body, &s.ByOld, &s.ByNew); err != nil {
			return nil, fmt.Errorf("read succession of keys: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}
