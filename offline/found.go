package offline

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	foundFile       = "found.db"
	foundID   int32 = 0x6c6f7966 // "loyf"
	// foundAtOnce bounds a transaction of what was found.
	foundAtOnce = 10_000
)

// find reads what the bytes of a journal still have into a database of its own.
// Rows come in no order, several times and of all tables; each is known by its
// shape and taken only if it proves itself.
func find(ctx context.Context, journal, dir string) (*sqlitedb.DB, error) {
	found, err := sqlitedb.Open(ctx, sqlitedb.Options{
		Path: filepath.Join(dir, foundFile), ApplicationID: foundID, Migrations: migration("found"),
	})
	if err != nil {
		return nil, err
	}
	if err := keepAll(ctx, found, journal); err != nil {
		found.Close() // the error before is the one to tell
		return nil, err
	}
	return found, nil
}

// keepAll takes rows in transactions of a bounded size.
func keepAll(ctx context.Context, found *sqlitedb.DB, journal string) error {
	var batch []sqlitedb.Scavenged
	flush := func() error {
		err := found.Update(ctx, func(tx *sqlitedb.Tx) error {
			for _, row := range batch {
				if err := keep(tx, row); err != nil {
					return err
				}
			}
			return nil
		})
		batch = batch[:0]
		return err
	}
	err := sqlitedb.Scavenge(journal, func(row sqlitedb.Scavenged) error {
		if shapeOf(row.Values) == nil {
			return nil
		}
		batch = append(batch, row)
		if len(batch) < foundAtOnce {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// shape keeps a row of one table of the journal.
type shape func(*sqlitedb.Tx, sqlitedb.Scavenged) error

func keep(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error { return shapeOf(row.Values)(tx, row) }

// shapeOf tells the tables apart by their columns; nil for a row that is none
// of those looked for, or does not prove itself.
func shapeOf(v []any) shape {
	switch {
	case isText(v, 3, 36) && len(v) >= 12 && v[0] == nil && isHash(v, 9) && isHash(v, 10):
		body, ok := v[8].(string)
		if !ok || body != prunedBody && string(v[9].([]byte)) != string(hashOf(body)) {
			return nil
		}
		return keepEntry
	case len(v) == 7 && v[0] == nil && isBlob(v, 1, 8) && isHash(v, 2):
		return keepEpoch
	case len(v) >= 4 && len(v) <= 6 && isText(v, 2, 36) && isHash(v, 3): // with what was added since
		return keepKey
	case len(v) == 3 && isText(v, 0, len(time.DateOnly)):
		return keepSummary
	case len(v) == 4 && v[0] == nil && isBlob(v, 3, ed25519.SignatureSize):
		return keepPublication
	case len(v) == 3 && isHash(v, 0):
		cipher, ok := v[2].([]byte)
		if !ok || string(v[0].([]byte)) != string(hashOf(string(cipher))) {
			return nil
		}
		return keepCipher
	case len(v) >= 3 && len(v) <= 5 && isBlob(v, 0, 16) && isText(v, 1, 36): // with what was added since
		return keepLocal
	case len(v) >= 16 && v[0] == nil && isBlob(v, 2, 8) && isHash(v, 4):
		return keepAcked
	case len(v) >= 16 && isText(v, 0, 36) && isText(v, 1, 36) && tellsRight(v):
		return keepRight
	}
	return nil
}

func hashOf(text string) []byte {
	sum := ledger.HashOf([]byte(text))
	return sum[:]
}

func isText(v []any, i, length int) bool {
	if i >= len(v) {
		return false
	}
	text, ok := v[i].(string)
	return ok && len(text) == length
}

func isBlob(v []any, i, length int) bool {
	if i >= len(v) {
		return false
	}
	blob, ok := v[i].([]byte)
	return ok && len(blob) == length
}

func isHash(v []any, i int) bool { return isBlob(v, i, 32) }

// keepEntry keeps an entry. One whose body was pruned stays without it, wherever a
// copy of the row still has it: what it did is added up already.
func keepEntry(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	v := row.Values
	return keepRow(tx, `
		INSERT INTO journal (n, epoch, seq, id, kind, subject, business_day_date, at_ms, body, body_hash, hash, orig_n)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (n) DO UPDATE SET body = '{}'
		WHERE excluded.body = '{}' AND journal.body_hash = excluded.body_hash`,
		row.Rowid, v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11])
}

func keepEpoch(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	v := row.Values
	return keepRow(tx, `
		INSERT INTO epoch (epoch, branch, begins, base_n, from_epoch, from_seq, began_at_ms)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, row.Rowid, v[1], v[2], v[3], v[4], v[5], v[6])
}

func keepKey(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	v := append(row.Values, nil, nil) // by what it is found, of the release before
	return keepRow(tx, `
		INSERT INTO sale (entry, request, business_day_date, sale_id, receipt, of_entry)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, v[2], v[3], v[0], v[1], v[4], v[5])
}

// keepSummary keeps what was kept of a business day.
func keepSummary(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	v := row.Values
	return keepRow(tx, `
		INSERT INTO day_summary (business_day_date, up_to_n, report)
		VALUES (?, ?, ?)
		ON CONFLICT DO NOTHING`, v[0], v[1], v[2])
}

func keepCipher(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	return keepRow(tx, `INSERT INTO attachment (sha256, ciphertext) VALUES (?, ?) ON CONFLICT DO NOTHING`, row.Values[0], row.Values[2])
}

func keepLocal(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	v := append(row.Values, "") // whose it is, of the release before
	return keepRow(tx, `INSERT INTO local (hash, account, mask, member) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, v[0], v[1], v[2], v[3])
}

// keepAcked keeps every place that was ever the last acknowledged: which of
// them was the last one the chain tells.
func keepAcked(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	v := row.Values
	return keepRow(tx, `
		INSERT INTO acked (epoch, branch, seq, hash, incarnation)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, v[1], v[2], v[3], v[4], v[6])
}

// tellsRight reports whether a right's grant can be read and is its own: of several
// copies of a row one may be spoilt.
func tellsRight(v []any) bool {
	body, ok := v[12].(string)
	if !ok {
		return false
	}
	e, err := ledger.Decode([]byte(body))
	return err == nil && e.Right != nil && e.Right.ID.String() == v[0]
}

func keepRight(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	v := append(row.Values, int64(0), int64(0)) // what was pruned, of the release before
	return keepRow(tx, `
		INSERT INTO rights (right_id, body, signature, pruned_spent, pruned_returned)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (right_id) DO UPDATE
		SET pruned_spent = max(pruned_spent, excluded.pruned_spent), pruned_returned = max(pruned_returned, excluded.pruned_returned)`,
		v[0], v[12], v[13], v[16], v[17])
}

// keepPublication keeps what was published as it was told last. Whose the
// signature is, whoever reads it looks.
func keepPublication(tx *sqlitedb.Tx, row sqlitedb.Scavenged) error {
	v := row.Values
	return keepRow(tx, `
		INSERT INTO publication (key, n, text, signature) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE
		SET n = excluded.n, text = excluded.text, signature = excluded.signature
		WHERE excluded.n > publication.n`, v[1], row.Rowid, v[2], v[3])
}

// keepRow keeps a row, unless it is one of another table after all: STRICT
// columns refuse what has another type.
func keepRow(tx *sqlitedb.Tx, insert string, values ...any) error {
	_, err := tx.Exec(insert, values...)
	if sqlitedb.IsConstraint(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keep what was found: %w", err)
	}
	return nil
}
