package hq

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// monthVersion is the version of the field birth_month, which is written once.
const monthVersion = 1

// sealMonth seals the month a person was born in under her key; nil where it is
// not known.
func sealMonth(data keys.DataKey, of books.Holder, month int) []byte {
	if month < 1 || month > 12 {
		return nil
	}
	return data.SealField(string(of), "birth_month", monthVersion, []byte{byte(month)})
}

// memberProfile is what conditions may ask of a member beside her account. Nobody
// knows when one was born who is not enrolled.
func memberProfile(tx *database.Tx, k keyring.Ring, of books.Holder) (p loyalty.Profile, err error) {
	if p.Segments, err = segmentsOf(tx, of); err != nil {
		return p, err
	}
	var wrapped, sealed []byte
	err = tx.QueryRow(`SELECT wrapped_key, birth_month FROM person WHERE account = $1`, of).Scan(&wrapped, &sealed)
	if errors.Is(err, sql.ErrNoRows) || err == nil && sealed == nil {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read profile: %w", err)
	}
	data, err := k.Master.UnwrapKey(string(of), wrapped)
	if err != nil {
		return p, fmt.Errorf("read profile of %s: %w", of, err)
	}
	month, err := data.OpenField(string(of), "birth_month", monthVersion, sealed)
	if err != nil || len(month) != 1 {
		return p, fmt.Errorf("read profile of %s: %w", of, errors.Join(errors.New("damaged"), err))
	}
	p.BirthMonth = int(month[0])
	return p, nil
}
