package hq

import (
	"context"
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

// ErasuresFile is the log of a headquarters' erasures in its data folder: ids and
// keyed hashes. It lies beside the database and not in it, so that a database that was
// put back from a backup is told what was erased since.
const ErasuresFile = "hq.erased"

// erasureLog is all that is needed to erase again.
type erasureLog struct {
	Chain       ledger.ChainID     `json:"chain"`
	Erasures    []erasure          `json:"erasures"`
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

// keepLog writes the log as the database has it now. What it has beyond that was told
// to the database when that was opened.
func (h *Headquarters) keepLog(ctx context.Context) error {
	log := erasureLog{Chain: h.chain.id}
	err := h.view(ctx, func(tx *database.Tx) error { return log.read(tx) })
	if err == nil {
		err = keys.WriteFile(filepath.Join(h.dir, ErasuresFile), log)
	}
	if err != nil {
		return fmt.Errorf("keep log of erasures: %w", err)
	}
	return nil
}

// readLog reads the log of a folder; empty where there is none.
func readLog(dir string, of ledger.ChainID) (log erasureLog, err error) {
	text, err := os.ReadFile(filepath.Join(dir, ErasuresFile))
	if errors.Is(err, fs.ErrNotExist) {
		return log, nil
	}
	if err == nil {
		err = ledger.DecodeJSON(text, &log)
	}
	if err == nil && log.Chain != of {
		err = fmt.Errorf("%s is of chain %s, and this is %s", ErasuresFile, log.Chain, of)
	}
	if err != nil {
		return log, fmt.Errorf("read log of erasures: %w", err)
	}
	return log, nil
}

func (log *erasureLog) read(tx *database.Tx) (err error) {
	log.Erasures, err = readErasures(tx, `SELECT `+erasureColumns+` FROM erasure ORDER BY serial_ms`)
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

func (log *erasureLog) readAttachments(tx *database.Tx) error {
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

// eraseByLog erases what the log beside the database says and that does not know.
func (h *Headquarters) eraseByLog(ctx context.Context) error {
	log, err := readLog(h.dir, h.chain.id)
	if err != nil || len(log.Erasures) == 0 {
		return err
	}
	known := false
	err = h.view(ctx, func(tx *database.Tx) error {
		known, err = log.known(tx)
		return err
	})
	if err != nil || known {
		return err
	}
	return h.update(ctx, func(tx *database.Tx) error {
		h.traces, err = eraseAgain(tx, h.keys, log)
		return err
	})
}

// known reports whether a database has all of the log's erasures.
func (log *erasureLog) known(tx *database.Tx) (bool, error) {
	all, err := readErasures(tx, `SELECT `+erasureColumns+` FROM erasure`)
	if err != nil {
		return false, err
	}
	has := map[books.Holder]bool{}
	for _, x := range all {
		has[x.Member] = true
	}
	return !slices.ContainsFunc(log.Erasures, func(x erasure) bool { return !has[x.Member] }), nil
}

// eraseAgain erases what a log says and a database does not know, as one that was put
// back from a backup does not. It returns traces of what it deleted.
func eraseAgain(tx *database.Tx, k keyring.Ring, log erasureLog) (traces [][]byte, err error) {
	for _, x := range log.Erasures {
		erased, err := records.IsErased(tx, x.Member)
		if err != nil {
			return nil, err
		}
		if erased {
			continue
		}
		some, err := forgetPerson(tx, k, &x)
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
		if _, err := (attached{a.Terminal, a.Hash}).forget(tx, a.Member); err != nil {
			return nil, err
		}
	}
	return traces, nil
}
