package hq

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What identifies a person stands in one row, under a key of that person's
// own: deleting the key erases her.

// addPerson keeps who was enrolled. One who stands already stays as she is.
func (k keyring) addPerson(tx *sqlitedb.Tx, of holder, enroll ledger.EntryID, who ledger.Person) error {
	const version = 1
	phone, err := json.Marshal(who.Phone)
	if err != nil {
		return fmt.Errorf("keep person: %w", err)
	}
	data := keys.NewDataKey()
	_, err = tx.Exec(`
		INSERT INTO person (account, entry, version, wrapped_key, phone, name)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account) DO NOTHING`,
		of, enroll, version, k.master.WrapKey(string(of), data),
		data.SealField(string(of), "phone", version, phone),
		data.SealField(string(of), "name", version, []byte(who.Name)))
	if err != nil {
		return fmt.Errorf("keep person: %w", err)
	}
	return nil
}

// readPerson returns who an account belongs to; nil where nobody was enrolled.
func (k keyring) readPerson(tx *sqlitedb.Tx, of holder) (*ledger.Person, error) {
	var version uint64
	var wrapped, phone, name []byte
	err := tx.QueryRow(`
		SELECT version, wrapped_key, phone, name
		FROM person
		WHERE account = $1`, of).
		Scan(&version, &wrapped, &phone, &name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read person: %w", err)
	}
	data, err := k.master.UnwrapKey(string(of), wrapped)
	if err != nil {
		return nil, fmt.Errorf("read person of %s: %w", of, err)
	}
	who := &ledger.Person{Phone: new(ledger.Phone)}
	if phone, err = data.OpenField(string(of), "phone", version, phone); err != nil {
		return nil, fmt.Errorf("read person of %s: %w", of, err)
	}
	if err := ledger.DecodeJSON(phone, who.Phone); err != nil {
		return nil, fmt.Errorf("read person of %s: damaged", of) // err may quote the number
	}
	if name, err = data.OpenField(string(of), "name", version, name); err != nil {
		return nil, fmt.Errorf("read person of %s: %w", of, err)
	}
	who.Name = string(name)
	return who, nil
}

// maskOf is what a cashier sees of a person.
func maskOf(who *ledger.Person) string {
	if who.Name != "" {
		return ledger.MaskName(who.Name)
	}
	return ledger.MaskPhone(who.Phone.E164)
}
