// Package erasure erases who a member is: it deletes what says so and what she is found
// by, keeps that it did, has her account's ledger say it, and ends what is nobody's. It
// knows whom attachments name, the log from which a database that was put back is erased
// again, and which terminals still have to hear. What a till still sends of her is judged
// by what it keeps (records.WasErased); whoever calls has the transactions, and tells.
package erasure

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Erasure is a member who was erased. It has ids alone, and is kept for ever: what a
// backup or a silent till still has of her is erased by it when it comes back.
type Erasure struct {
	Member   books.Holder   `json:"member"`
	Account  books.Holder   `json:"account"`
	Entry    ledger.EntryID `json:"entry"`
	Serial   ledger.Millis  `json:"serial_ms"` // the chain's erasures in order; 0 until it is kept
	At       ledger.Millis  `json:"at_ms"`
	Alone    bool           `json:"alone,omitempty"` // nobody else was in the account
	Operator string         `json:"operator_id,omitempty"`
	Reason   string         `json:"reason"`
}

const columns = `member, account, entry, serial_ms, at_ms, alone, operator, reason`

func (x *Erasure) scan(rows interface{ Scan(...any) error }) error {
	return rows.Scan(&x.Member, &x.Account, &x.Entry, &x.Serial, &x.At, &x.Alone, &x.Operator, &x.Reason)
}

// Find returns the erasure that has an entry; nil where there is none.
func Find(tx *database.Tx, entry ledger.EntryID) (*Erasure, error) {
	var x Erasure
	err := x.scan(tx.QueryRow(`SELECT `+columns+` FROM erasure WHERE entry = $1`, entry))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &x, err
}

// ReadUnentered returns erasures that no ledger has yet, at most so many behind the first
// of them.
func ReadUnentered(tx *database.Tx, most, behind int) ([]Erasure, error) {
	return read(tx, `SELECT `+columns+` FROM erasure WHERE entered = 0 ORDER BY member LIMIT $1 OFFSET $2`, most, behind)
}

// read reads those of a query for columns.
func read(tx *database.Tx, query string, args ...any) (all []Erasure, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x Erasure
		if err := x.scan(rows); err != nil {
			return nil, fmt.Errorf("read erasures: %w", err)
		}
		all = append(all, x)
	}
	return all, rows.Err()
}

// LastSerial returns the serial of the last erasure; 0 where nobody was erased.
func LastSerial(tx *database.Tx) (last ledger.Millis, err error) {
	if err := tx.QueryRow(`SELECT coalesce(max(serial_ms), 0) FROM erasure`).Scan(&last); err != nil {
		return 0, fmt.Errorf("read erasures: %w", err)
	}
	return last, nil
}

// nextSerial is above that of every erasure before, and above the time now: whatever
// was enrolled or written until now came before it.
func nextSerial(tx *database.Tx, now ledger.Millis) (ledger.Millis, error) {
	last, err := LastSerial(tx)
	return max(now, last) + 1, err
}

// add keeps the erasure; one that stands stays.
func (x *Erasure) add(tx *database.Tx) error {
	_, err := tx.Exec(`
		INSERT INTO erasure (member, account, entry, serial_ms, at_ms, alone, operator, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (member) DO NOTHING`,
		x.Member, x.Account, x.Entry, x.Serial, x.At, x.Alone, x.Operator, x.Reason)
	if err != nil {
		return fmt.Errorf("keep erasure: %w", err)
	}
	return nil
}

// tellAgain has stores hear of a member's erasure once more, because more was found
// that names her.
func tellAgain(tx *database.Tx, member books.Holder, now ledger.Millis) error {
	serial, err := nextSerial(tx, now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`
		UPDATE erasure SET serial_ms = $1, entered = CASE WHEN entered = 2 THEN 1 ELSE entered END
		WHERE member = $2`, serial, member)
	if err != nil {
		return fmt.Errorf("keep erasure: %w", err)
	}
	return nil
}
