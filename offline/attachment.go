package offline

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// attach keeps the ciphertext that travels with the entry just put.
func (p *pen) attach(r ledger.Record) error {
	if len(r.Attachment) == 0 {
		return nil
	}
	_, err := p.tx.Exec(`INSERT INTO attachment (sha256, n, ciphertext) VALUES (?, ?, ?)`,
		r.Entry.Attachment, p.last, r.Attachment)
	if err != nil {
		return fmt.Errorf("keep attachment: %w", err)
	}
	return nil
}

// readAttachments gives the ciphertexts of rows first to last, by row.
func readAttachments(tx *sqlitedb.Tx, first, last int64) (map[int64][][]byte, error) {
	rows, err := tx.Query(`SELECT n, ciphertext FROM attachment WHERE n BETWEEN ? AND ?`, first, last)
	if err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	defer rows.Close()
	kept := map[int64][][]byte{}
	for rows.Next() {
		var n int64
		var ciphertext []byte
		if err := rows.Scan(&n, &ciphertext); err != nil {
			return nil, fmt.Errorf("read attachments: %w", err)
		}
		kept[n] = append(kept[n], ciphertext)
	}
	return kept, rows.Err()
}
