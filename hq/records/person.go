package records

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ReadPerson returns who a member is; nil where nobody was enrolled under her id.
func ReadPerson(tx *database.Tx, k keyring.Ring, of books.Holder) (*ledger.Person, error) {
	var version uint64
	var wrapped, phone, name, pin []byte
	var pinAt ledger.Millis
	err := tx.QueryRow(`
		SELECT version, wrapped_key, phone, name, pin, pin_at_ms
		FROM person
		WHERE account = $1`, of).
		Scan(&version, &wrapped, &phone, &name, &pin, &pinAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read person: %w", err)
	}
	data, err := k.Master.UnwrapKey(string(of), wrapped)
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
	who.PIN, err = openPIN(data, of, pin, pinAt)
	return who, err
}

// ErrNobody passes over what is about a person who is not there.
var ErrNobody = &books.PassOver{Reason: "nobody is enrolled under its account"}

// openPIN is the hash of the PIN that a person set at a time; empty where she set none.
func openPIN(data keys.DataKey, of books.Holder, sealed []byte, at ledger.Millis) (string, error) {
	if sealed == nil {
		return "", nil
	}
	hash, err := data.OpenField(string(of), PinField, uint64(at), sealed)
	if err != nil {
		return "", fmt.Errorf("read PIN of %s: %w", of, err)
	}
	return string(hash), nil
}

// PinField names the sealed field of a PIN.
const PinField = "pin"

// MaskOf is what a cashier sees of a person.
func MaskOf(who *ledger.Person) string {
	if who.Name != "" {
		return ledger.MaskName(who.Name)
	}
	return ledger.MaskPhone(who.Phone.E164)
}

// NameOf is what is shown of a member; empty where nobody knows her.
func NameOf(tx *database.Tx, k keyring.Ring, member books.Holder) (string, error) {
	person, err := ReadPerson(tx, k, member)
	if err != nil || person == nil {
		return "", err
	}
	return MaskOf(person), nil
}
