package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// erasure is a member who was erased. It has ids alone, and is kept for ever: what a
// backup or a silent till still has of her is erased by it when it comes back.
type erasure struct {
	Member   books.Holder   `json:"member"`
	Account  books.Holder   `json:"account"`
	Entry    ledger.EntryID `json:"entry"`
	Serial   ledger.Millis  `json:"serial_ms"`
	At       ledger.Millis  `json:"at_ms"`
	Alone    bool           `json:"alone,omitempty"` // nobody else was in the account
	Operator string         `json:"operator_id,omitempty"`
	Reason   string         `json:"reason"`
}

const erasureColumns = `member, account, entry, serial_ms, at_ms, alone, operator, reason`

func (x *erasure) scan(rows interface{ Scan(...any) error }) error {
	return rows.Scan(&x.Member, &x.Account, &x.Entry, &x.Serial, &x.At, &x.Alone, &x.Operator, &x.Reason)
}

// readErasures reads those of a query for erasureColumns.
func readErasures(tx *database.Tx, query string, args ...any) (all []erasure, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x erasure
		if err := x.scan(rows); err != nil {
			return nil, fmt.Errorf("read erasures: %w", err)
		}
		all = append(all, x)
	}
	return all, rows.Err()
}

// nextSerial is above that of every erasure before, and above the time now: whatever
// was enrolled or written until now came before it.
func nextSerial(tx *database.Tx, now ledger.Millis) (ledger.Millis, error) {
	var last ledger.Millis
	if err := tx.QueryRow(`SELECT coalesce(max(serial_ms), 0) FROM erasure`).Scan(&last); err != nil {
		return 0, fmt.Errorf("read erasures: %w", err)
	}
	return max(now, last) + 1, nil
}

// add keeps the erasure; one that stands stays.
func (x *erasure) add(tx *database.Tx) error {
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
