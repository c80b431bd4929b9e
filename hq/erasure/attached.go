package erasure

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Attachment is an attachment, by who sent it.
type Attachment struct {
	Terminal ledger.TerminalID
	Hash     ledger.Hash
}

func (a Attachment) name(tx *database.Tx, names []ledger.KeyedHash) error {
	if len(names) == 0 {
		names = []ledger.KeyedHash{namesNobody}
	}
	for _, name := range names {
		_, err := tx.Exec(`
			INSERT INTO attachment_names (terminal, hash, names)
			VALUES ($1, $2, $3)
			ON CONFLICT (terminal, hash, names) DO NOTHING`, a.Terminal, a.Hash, name)
		if err != nil {
			return fmt.Errorf("keep whom an attachment names: %w", err)
		}
	}
	return nil
}

// IsErased reports whether an attachment named somebody who was erased: it is not
// taken again.
func (a Attachment) IsErased(tx *database.Tx) (erased bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erased_attachment WHERE terminal = $1 AND hash = $2)`, a.Terminal, a.Hash).Scan(&erased)
	if err != nil {
		return false, fmt.Errorf("look up attachment: %w", err)
	}
	return erased, nil
}

// forget deletes an attachment of who was erased; fresh says that it was not known to
// be hers before.
func (a Attachment) forget(tx *database.Tx, member books.Holder) (fresh bool, err error) {
	for _, statement := range []string{
		`DELETE FROM attachment WHERE terminal = $1 AND hash = $2`,
		`DELETE FROM attachment_names WHERE terminal = $1 AND hash = $2`,
	} {
		if _, err := tx.Exec(statement, a.Terminal, a.Hash); err != nil {
			return false, fmt.Errorf("forget attachment: %w", err)
		}
	}
	result, err := tx.Exec(`
		INSERT INTO erased_attachment (terminal, hash, member)
		VALUES ($1, $2, $3)
		ON CONFLICT (terminal, hash) DO NOTHING`, a.Terminal, a.Hash, member)
	if err != nil {
		return false, fmt.Errorf("forget attachment: %w", err)
	}
	return records.Inserted(result)
}

// forgetAttachments deletes all attachments that name a member: by what she is found
// by, and those of what was written of her.
func (x *Erasure) forgetAttachments(tx *database.Tx, k keyring.Ring, hashes []ledger.KeyedHash) (traces [][]byte, err error) {
	hers, err := x.written(tx)
	if err != nil {
		return nil, err
	}
	if x.Alone {
		ids, err := x.accounts(tx)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			hashes = append(hashes, k.Blind(accountKind, string(id)))
		}
	}
	for _, name := range hashes {
		some, err := ReadAttachments(tx, `SELECT terminal, hash FROM attachment_names WHERE names = $1 ORDER BY terminal, hash`, name)
		if err != nil {
			return nil, err
		}
		hers = append(hers, some...)
	}
	for _, a := range hers {
		trace, err := a.trace(tx)
		if err != nil {
			return nil, err
		}
		if _, err := a.forget(tx, x.Member); err != nil {
			return nil, err
		}
		traces = append(traces, trace...)
	}
	return traces, nil
}

// traceBytes of an attachment are enough to tell it by: in its key's stanza.
const traceBytes = 64

// trace is the middle of an attachment, as it lies in the database; none where it did
// not come.
func (a Attachment) trace(tx *database.Tx) ([][]byte, error) {
	var data []byte
	err := tx.QueryRow(`SELECT data FROM attachment WHERE terminal = $1 AND hash = $2`, a.Terminal, a.Hash).Scan(&data)
	if err := records.OrNone(err); err != nil {
		return nil, fmt.Errorf("read attachment: %w", err)
	}
	if len(data) < 2*traceBytes {
		return nil, nil
	}
	return [][]byte{data[traceBytes : 2*traceBytes]}, nil
}

// written are the attachments of what tills wrote of her in her account's ledger: a
// name alone is found by no hash.
func (x *Erasure) written(tx *database.Tx) (hers []Attachment, err error) {
	ids, err := x.accounts(tx)
	if err != nil {
		return nil, err
	}
	decisions, err := records.ReadDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 ORDER BY n`, x.Account)
	if err != nil {
		return nil, err
	}
	for _, d := range decisions {
		if d.Place == nil || d.Kind != ledger.Profile && d.Kind != ledger.Enroll {
			continue
		}
		body, err := records.BodyOf(tx, x.Account, d)
		if err != nil {
			return nil, err
		}
		e, err := ledger.Decode(body)
		if err != nil {
			return nil, fmt.Errorf("read entry %s: %w", d.Entry, err)
		}
		if slices.Contains(ids, records.WrittenOf(e)) {
			hers = append(hers, Attachment{d.Place.Terminal, e.Attachment})
		}
	}
	return hers, nil
}

// ReadAttachments reads those of a query for their terminals and hashes.
func ReadAttachments(tx *database.Tx, query string, args ...any) (all []Attachment, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a Attachment
		if err := rows.Scan(&a.Terminal, &a.Hash); err != nil {
			return nil, fmt.Errorf("read attachments: %w", err)
		}
		all = append(all, a)
	}
	return all, rows.Err()
}
