package erasure

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// FileName is the log of a headquarters' erasures in its data folder: ids and
// keyed hashes. It lies beside the database and not in it, so that a database that was
// put back from a backup is told what was erased since.
const FileName = "hq.erased"

// Log is all that is needed to erase again.
type Log struct {
	Chain       ledger.ChainID     `json:"chain"`
	Erasures    []Erasure          `json:"erasures"`
	Identifiers []erasedIdentifier `json:"identifiers,omitempty"`
	Attachments []erasedAttachment `json:"attachments,omitempty"`
}

type erasedIdentifier struct {
	Hash   ledger.KeyedHash `json:"hash"`
	Serial ledger.Millis    `json:"serial_ms"`
	Member books.Holder     `json:"member"`
}

type erasedAttachment struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Hash     ledger.Hash       `json:"hash"`
	Member   books.Holder      `json:"member"`
}

// Write writes the log into a folder.
func (log Log) Write(dir string) error { return keys.WriteFile(filepath.Join(dir, FileName), log) }

// ReadLog reads the log of a folder; empty where there is none.
func ReadLog(dir string, of ledger.ChainID) (log Log, err error) {
	text, err := os.ReadFile(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return log, nil
	}
	if err == nil {
		err = ledger.DecodeJSON(text, &log)
	}
	if err == nil && log.Chain != of {
		err = fmt.Errorf("%s is of chain %s, and this is %s", FileName, log.Chain, of)
	}
	if err != nil {
		return log, fmt.Errorf("read log of erasures: %w", err)
	}
	return log, nil
}

// LogOf is the log as a database has it.
func LogOf(tx *database.Tx) (log Log, err error) {
	if err := tx.QueryRow(`SELECT chain FROM chain`).Scan(&log.Chain); err != nil {
		return log, fmt.Errorf("read chain: %w", err)
	}
	err = log.read(tx)
	return log, err
}

func (log *Log) read(tx *database.Tx) (err error) {
	log.Erasures, err = read(tx, `SELECT `+columns+` FROM erasure ORDER BY serial_ms`)
	if err != nil {
		return err
	}
	rows, err := tx.Query(`SELECT hash, serial_ms, member FROM erased_identifier ORDER BY serial_ms, hash`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var i erasedIdentifier
		if err := rows.Scan(&i.Hash, &i.Serial, &i.Member); err != nil {
			return err
		}
		log.Identifiers = append(log.Identifiers, i)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return log.readAttachments(tx)
}

func (log *Log) readAttachments(tx *database.Tx) error {
	rows, err := tx.Query(`SELECT terminal, hash, member FROM erased_attachment ORDER BY terminal, hash`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a erasedAttachment
		if err := rows.Scan(&a.Terminal, &a.Hash, &a.Member); err != nil {
			return err
		}
		log.Attachments = append(log.Attachments, a)
	}
	return rows.Err()
}

// IsKnown reports whether a database has all of the log's erasures.
func (log *Log) IsKnown(tx *database.Tx) (bool, error) {
	all, err := read(tx, `SELECT `+columns+` FROM erasure`)
	if err != nil {
		return false, err
	}
	has := map[books.Holder]bool{}
	for _, x := range all {
		has[x.Member] = true
	}
	return !slices.ContainsFunc(log.Erasures, func(x Erasure) bool { return !has[x.Member] }), nil
}

// EraseAgain erases what the log says and a database does not know, as one that was put
// back from a backup does not. It returns traces of what it deleted.
func (log *Log) EraseAgain(tx *database.Tx, k keyring.Ring) (traces [][]byte, err error) {
	for _, x := range log.Erasures {
		erased, err := records.IsErased(tx, x.Member)
		if err != nil {
			return nil, err
		}
		if erased {
			continue
		}
		some, err := x.Forget(tx, k)
		if err != nil {
			return nil, err
		}
		traces = append(traces, some...)
	}
	for _, i := range log.Identifiers {
		_, err := tx.Exec(`
			INSERT INTO erased_identifier (hash, serial_ms, member)
			VALUES ($1, $2, $3)
			ON CONFLICT (hash, serial_ms) DO NOTHING`, i.Hash, i.Serial, i.Member)
		if err != nil {
			return nil, fmt.Errorf("erase again: %w", err)
		}
	}
	for _, a := range log.Attachments {
		if _, err := (Attachment{a.Terminal, a.Hash}).forget(tx, a.Member); err != nil {
			return nil, err
		}
	}
	return traces, nil
}
