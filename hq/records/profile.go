package records

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ProfileOf is what conditions may ask when nobody is here: of the one member of
// an account, and of nobody in a household.
func ProfileOf(tx *database.Tx, k keyring.Ring, of books.Holder) (loyalty.Profile, error) {
	members, err := MembersOf(tx, of)
	if err != nil || len(members) != 1 {
		return loyalty.Profile{}, err
	}
	return MemberProfile(tx, k, members[0])
}

// MemberProfile is what conditions may ask of a member beside her account. Nobody
// knows when one was born who is not enrolled.
func MemberProfile(tx *database.Tx, k keyring.Ring, of books.Holder) (p loyalty.Profile, err error) {
	if p.Segments, err = SegmentsOf(tx, of); err != nil {
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
	month, err := data.OpenField(string(of), "birth_month", MonthVersion, sealed)
	if err != nil || len(month) != 1 {
		return p, fmt.Errorf("read profile of %s: %w", of, errors.Join(errors.New("damaged"), err))
	}
	p.BirthMonth = int(month[0])
	return p, nil
}

// MonthVersion is the version of the field birth_month, which is written once.
const MonthVersion = 1

// SegmentsOf are those a member is in, in order.
func SegmentsOf(tx *database.Tx, member books.Holder) ([]string, error) {
	began, err := SegmentsIn(tx, member)
	return slices.Sorted(maps.Keys(began)), err
}

// SegmentsIn are those a member is in, and in whose ledger each began.
func SegmentsIn(tx *database.Tx, member books.Holder) (map[string]books.Holder, error) {
	rows, err := tx.Query(`SELECT segment, account FROM member_segment WHERE member = $1`, member)
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	defer rows.Close()
	began := map[string]books.Holder{}
	for rows.Next() {
		var segment string
		var at books.Holder
		if err := rows.Scan(&segment, &at); err != nil {
			return nil, fmt.Errorf("read segments: %w", err)
		}
		began[segment] = at
	}
	return began, rows.Err()
}
