package claims

import (
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What identifies a person stands in one row, under her member's id and a key of
// her own: deleting the key erases her, and nobody else of her account.

// KeepPerson keeps what a posted entry says of a person.
func KeepPerson(tx *database.Tx, k keyring.Ring, it *books.Item, d *books.Decision) error {
	if d.Verdict != ledger.Posted {
		return nil
	}
	switch d.Kind {
	case ledger.Enroll:
		return AddPerson(tx, k, it.Member, it.Entry.ID, it.Who.Person, d.At)
	case ledger.Profile:
		return addToPerson(tx, k, it, d.At)
	}
	return nil
}

// addToPerson keeps what a profile says of a person.
func addToPerson(tx *database.Tx, k keyring.Ring, it *books.Item, at ledger.Millis) error {
	if name := it.Who.Person.Name; name != "" {
		if err := renamePerson(tx, k, it.Member, name, at); err != nil {
			return err
		}
	}
	if it.Who.Person.PIN != "" {
		taken, err := setPIN(tx, k, it, at)
		if err != nil {
			return err
		}
		if !taken {
			it.Events = append(it.Events, event.Event{What: event.PIN, Reason: "proof " + string(it.Entry.Proof) + it.By()})
		}
	}
	if it.Who.Person.Card == "" {
		return nil
	}
	return AddCard(tx, k, it.Member, it.Entry.ID, it.Who)
}

var keepPerson = database.Many{Head: `
	INSERT INTO person (account, entry, version, wrapped_key, phone, name, named_at_ms, birth_month)
	VALUES`, Tail: `
	ON CONFLICT (account) DO NOTHING`}

// AddPerson keeps who was enrolled. One who stands already stays as she is.
func AddPerson(tx *database.Tx, k keyring.Ring, of books.Holder, enroll ledger.EntryID, who ledger.Person, at ledger.Millis) error {
	row, _, err := sealed(k, of, enroll, who, at)
	if err != nil {
		return err
	}
	if err := tx.ExecMany(keepPerson, [][]any{row}); err != nil {
		return fmt.Errorf("keep person: %w", err)
	}
	return nil
}

// sealed is the row of somebody who was enrolled, and the key that is hers.
func sealed(k keyring.Ring, of books.Holder, enroll ledger.EntryID, who ledger.Person, at ledger.Millis) (row []any, data keys.DataKey, err error) {
	const version = 1
	data = keys.NewDataKey()
	phone, name, err := sealPerson(data, of, version, who)
	if err != nil {
		return nil, data, err
	}
	if who.Name == "" {
		at = 0
	}
	return []any{of, enroll, version, k.Master.WrapKey(string(of), data), phone, name, at, sealMonth(data, of, who.BirthMonth)}, data, nil
}

// renamePerson gives a person the name she said at a time; a name said later
// stays.
func renamePerson(tx *database.Tx, k keyring.Ring, of books.Holder, name string, at ledger.Millis) error {
	who, err := records.ReadPerson(tx, k, of)
	if err != nil {
		return err
	}
	if who == nil {
		return records.ErrNobody
	}
	var version uint64
	var wrapped []byte
	var namedAt ledger.Millis
	err = tx.QueryRow(`SELECT version, wrapped_key, named_at_ms FROM person WHERE account = $1`, of).
		Scan(&version, &wrapped, &namedAt)
	if err != nil {
		return fmt.Errorf("read person: %w", err)
	}
	if at < namedAt {
		return nil
	}
	data, err := k.Master.UnwrapKey(string(of), wrapped)
	if err != nil {
		return fmt.Errorf("read person of %s: %w", of, err)
	}
	who.Name = name
	phone, sealed, err := sealPerson(data, of, version+1, *who)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE person SET version = $1, phone = $2, name = $3, named_at_ms = $4 WHERE account = $5`,
		version+1, phone, sealed, at, of)
	if err != nil {
		return fmt.Errorf("keep person: %w", err)
	}
	return nil
}

// sealPerson seals what identifies a person, under her key and a version that
// covers both fields.
func sealPerson(data keys.DataKey, of books.Holder, version uint64, who ledger.Person) (phone, name []byte, err error) {
	plain, err := json.Marshal(who.Phone)
	if err != nil {
		return nil, nil, fmt.Errorf("keep person: %w", err)
	}
	return data.SealField(string(of), "phone", version, plain), data.SealField(string(of), "name", version, []byte(who.Name)), nil
}
