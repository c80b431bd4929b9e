package erasure

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What erased members were found by is kept until no till can send anything of them
// any more that it wrote before it heard. Each says so with its requests for the feed.

// Awaited is a terminal that may still have something of who was erased, or send it.
type Awaited struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Name     string            `json:"name"`
	Store    ledger.StoreID    `json:"store"`
	SeenAt   ledger.Millis     `json:"seen_at_ms"`
}

// notSealed are terminals that may still send what they wrote before they heard of an
// erasure. One that was enrolled after it has nothing of before.
const notSealed = `t.fenced_at_ms IS NULL AND t.erasures_ms < $1 AND t.enrolled_at_ms < $2`

// ReadAwaited returns the terminals that may still have something of an erasure with a
// serial, whoever was silent longest first.
func ReadAwaited(tx *database.Tx, serial ledger.Millis) ([]Awaited, error) {
	rows, err := tx.Query(`
		SELECT t.terminal, t.name, t.store, t.seen_at_ms
		FROM terminal t
		WHERE `+notSealed+`
		ORDER BY t.seen_at_ms, t.terminal`, serial, serial)
	if err != nil {
		return nil, fmt.Errorf("read terminals: %w", err)
	}
	defer rows.Close()
	awaits := []Awaited{}
	for rows.Next() {
		var t Awaited
		if err := rows.Scan(&t.Terminal, &t.Name, &t.Store, &t.SeenAt); err != nil {
			return nil, fmt.Errorf("read terminals: %w", err)
		}
		awaits = append(awaits, t)
	}
	return awaits, rows.Err()
}

// SealedPast notes up to which erasure a terminal has sent all that it wrote before it
// heard of it.
func SealedPast(tx *database.Tx, id ledger.TerminalID, serial ledger.Millis) error {
	_, err := tx.Exec(`UPDATE terminal SET erasures_ms = $1 WHERE terminal = $2`, serial, id)
	if err != nil {
		return fmt.Errorf("note who erased: %w", err)
	}
	return nil
}

// copySends is for how long a copied disk is thought to send what it wrote before: after
// an erasure while nobody knows of the copy, and after its terminal was fenced. It hears
// of no erasure, and what the other said to have sealed it may have.
const copySends = 30 * 24 * time.Hour

// ReadSealed are the erasures whose identifiers are kept and need not be any more: long
// enough ago, and every terminal has sealed past them, or was fenced too long ago.
func ReadSealed(tx *database.Tx, now ledger.Millis) (serials []ledger.Millis, err error) {
	rows, err := tx.Query(`
		SELECT DISTINCT e.serial_ms
		FROM erased_identifier e
		WHERE e.serial_ms <= $1
		  AND NOT EXISTS (
			SELECT 1 FROM terminal t
			WHERE t.enrolled_at_ms < e.serial_ms
			  AND (t.fenced_at_ms IS NULL AND t.erasures_ms < e.serial_ms OR t.fenced_at_ms > $1))
		  AND NOT EXISTS (SELECT 1 FROM awaited)
		ORDER BY e.serial_ms`, now.Add(-copySends))
	if err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var serial ledger.Millis
		if err := rows.Scan(&serial); err != nil {
			return nil, fmt.Errorf("read erasures: %w", err)
		}
		serials = append(serials, serial)
	}
	return serials, rows.Err()
}

// DropSealed forgets by what a member was found who was erased. It returns traces of
// that, by which the files are searched.
func DropSealed(tx *database.Tx, serial ledger.Millis) (hashes [][]byte, err error) {
	rows, err := tx.Query(`SELECT hash FROM erased_identifier WHERE serial_ms = $1`, serial)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&hash); err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	for _, statement := range []string{
		`UPDATE erasure SET entered = 1
		WHERE entered = 2 AND member IN (SELECT member FROM erased_identifier WHERE serial_ms = $1)`,
		`DELETE FROM erased_identifier WHERE serial_ms = $1`,
	} {
		if _, err := tx.Exec(statement, serial); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}
