package posting

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// A unit may be decided ahead: in a transaction that only reads, while the unit before it
// is still being written. Ledgers that the one before changed go on in memory, the others
// are read as they stand; and in its turn it is written, if each of them still is what was
// gone on from. Else nothing of it is, and it is decided anew.

// errAhead says that a decision asks for something that is only known, or is to be written,
// in its turn.
var errAhead = errors.New("it cannot be decided before what goes before it is written")

// errMoved says that a ledger is not what a unit went on from: somebody else changed it.
var errMoved = errors.New("a ledger changed since it was read")

// stand is up to where a ledger went.
type stand struct{ n, version uint64 }

// Ahead begins a unit that is decided ahead, in a transaction that only reads: of the
// ledgers that are asked for, as in records.OpenAll, behind a unit that is put together and
// perhaps not written; nil is none. What of it fails by something that is only known in its
// turn is to be decided then.
func Ahead(tx *database.Tx, asked map[books.Holder]bool, behind *Unit) (*Unit, error) {
	u := NewUnit(tx)
	u.stood = make(map[books.Holder]stand, len(asked))
	unread := asked
	if behind != nil {
		unread = map[books.Holder]bool{}
		for of, lots := range asked {
			switch {
			case behind.Books[of] == nil:
				unread[of] = lots
			case lots: // those that were not read, and those that the one before left
				return nil, errAhead
			}
		}
	}
	var err error
	if u.Books, err = records.OpenAll(tx, unread); err != nil {
		return nil, err
	}
	for of := range asked {
		b := u.Books[of]
		if b == nil {
			b = behind.Books[of] // that can load nothing more: the transaction it did so in has ended
			u.Books[of] = b
		}
		u.stood[of] = stand{b.N, b.Version}
	}
	return u, nil
}

func (u *Unit) isAhead() bool { return u.stood != nil }

// PutTogether makes ready what is to be written of a unit that is decided ahead.
func (u *Unit) PutTogether() error {
	err := u.putTogether()
	u.Tx = nil // it ends before the unit is written
	return err
}

// Write writes a unit that was decided ahead. It may be written again, where a transaction
// is run again. errMoved says that it is to be decided anew.
func (u *Unit) Write(tx *database.Tx) error {
	if err := u.check(tx); err != nil {
		return err
	}
	for t, rows := range u.rows {
		if err := sendRows(tx, t, rows); err != nil {
			return err
		}
	}
	return settled(tx)
}

var stands = database.Many{Head: `
	SELECT account, n, version
	FROM account
	WHERE account IN (VALUES`, Tail: `)`}

// check fails with errMoved unless each ledger is what the unit went on from.
func (u *Unit) check(tx *database.Tx) error {
	found := 0
	err := tx.QueryMany(stands, records.ListOf(slices.Collect(maps.Keys(u.stood))), func(rows *database.Rows) error {
		var of books.Holder
		var is stand
		if err := rows.Scan(&of, &is.n, &is.version); err != nil {
			return err
		}
		if is != u.stood[of] {
			return errMoved
		}
		found++
		return nil
	})
	if err != nil {
		return fmt.Errorf("look whether ledgers stand as they were read: %w", err)
	}
	for _, was := range u.stood {
		if was == (stand{}) {
			found++ // it is not there: nobody counted it above
		}
	}
	if found != len(u.stood) {
		return errMoved
	}
	return nil
}
