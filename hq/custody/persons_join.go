package custody

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// JoinPersons puts what was kept apart into a database that was put back, and the log
// of erasures beside it, from which Restore erases again. It returns how many people
// nobody can read: they are in the backup, were not erased, and have no key.
func JoinPersons(ctx context.Context, dir string, from io.Reader) (unreadable int, err error) {
	ring, err := keyring.Read(dir)
	if err != nil {
		return 0, fmt.Errorf("join persons: %w", err)
	}
	db, err := home.OpenCopy(ctx, dir)
	if err != nil {
		return 0, fmt.Errorf("join persons: %w", err)
	}
	lines := json.NewDecoder(from)
	err = db.Update(ctx, func(tx *database.Tx) error { // once: nobody else has it open
		unreadable, err = joinPersons(tx, ring, dir, lines)
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return 0, fmt.Errorf("join persons: %w", err)
	}
	return unreadable, nil
}

func joinPersons(tx *database.Tx, ring keyring.Ring, dir string, lines *json.Decoder) (unreadable int, err error) {
	var log erasure.Log
	if err := lines.Decode(&log); err != nil {
		return 0, errors.New("the file does not say whom it is of") // err may quote it
	}
	if log.Chain != ring.Chain {
		return 0, fmt.Errorf("it is of chain %s, and the backup of %s", log.Chain, ring.Chain)
	}
	if err := log.Write(dir); err != nil {
		return 0, err
	}
	for {
		var row apartRow
		err := lines.Decode(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = row.join(tx)
		}
		if err != nil {
			return 0, errors.New("a line of the file is not what it should be")
		}
	}
	return dropUnreadable(tx, log)
}

// dropUnreadable forgets people who have no key, and counts those who were not erased:
// they are as those whom only tills know.
func dropUnreadable(tx *database.Tx, log erasure.Log) (unreadable int, err error) {
	const noKey = `wrapped_key = zeroblob(length(wrapped_key))`
	all, err := records.ReadHolders(tx, `SELECT account FROM person WHERE `+noKey)
	if err != nil {
		return 0, err
	}
	erased := map[books.Holder]bool{}
	for _, x := range log.Erasures {
		erased[x.Member] = true
	}
	for _, of := range all {
		if !erased[of] {
			unreadable++
		}
	}
	_, err = tx.Exec(`DELETE FROM person WHERE ` + noKey)
	return unreadable, err
}

// join puts a row in its place, where the backup has whom it is of.
func (row apartRow) join(tx *database.Tx) error {
	var values []any
	for _, text := range row.Values {
		v, err := apartValue(text)
		if err != nil {
			return err
		}
		values = append(values, v)
	}
	for _, t := range keptApart {
		if t.name != row.Table || len(values) != t.columns {
			continue
		}
		return t.join(tx, values)
	}
	return fmt.Errorf("no table %q is kept apart", row.Table)
}

func (t apartTable) join(tx *database.Tx, values []any) (err error) {
	switch t.name {
	case "person":
		_, err = tx.Exec(`UPDATE person SET wrapped_key = $1 WHERE account = $2`, values[1], values[0])
	case "person_card":
		_, err = tx.Exec(`
			INSERT INTO person_card (account, hash, entry, card)
			SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT 1 FROM person WHERE account = $5)
			ON CONFLICT (account, hash) DO NOTHING`, values[0], values[1], values[2], values[3], values[0])
	case "claim_identifier":
		_, err = tx.Exec(`
			INSERT INTO claim_identifier (hash, account, entry)
			SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM person WHERE account = $4)
			ON CONFLICT (hash) DO NOTHING`, values[0], values[1], values[2], values[1])
	case "suspect":
		_, err = tx.Exec(`
			INSERT INTO suspect (hash, account)
			SELECT $1, $2 WHERE EXISTS (SELECT 1 FROM account WHERE account = $3)
			ON CONFLICT (hash, account) DO NOTHING`, values[0], values[1], values[1])
	}
	return err
}

func apartValue(text json.RawMessage) (any, error) {
	switch {
	case len(text) > 0 && text[0] == '[':
		var raw [][]byte
		if err := json.Unmarshal(text, &raw); err != nil || len(raw) != 1 {
			return nil, errors.New("no bytes")
		}
		return raw[0], nil
	case len(text) > 0 && text[0] == '"':
		var s string
		err := json.Unmarshal(text, &s)
		return s, err
	}
	var n int64
	err := json.Unmarshal(text, &n)
	return n, err
}
