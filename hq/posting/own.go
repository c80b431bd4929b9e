package posting

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// EnterOwn writes an entry of headquarters' own, already folded into the books.
func EnterOwn(tx *database.Tx, k keyring.Ring, b *books.Books, e *ledger.Entry, d *books.Decision, now ledger.Millis) error {
	row, err := OwnRow(k, b, e, d)
	if err != nil {
		return err
	}
	if err := tx.ExecMany(WriteOwn, [][]any{row}); err != nil {
		return fmt.Errorf("write %s: %w", e.Kind, err)
	}
	return Enter(tx, b, d, now)
}

// WriteOwn writes rows of OwnRow.
var WriteOwn = database.Many{Head: `
	INSERT INTO own_entry (account, entry, body, signature)
	VALUES`}

// OwnRow signs an entry of headquarters' own, and makes what was decided its.
func OwnRow(k keyring.Ring, b *books.Books, e *ledger.Entry, d *books.Decision) ([]any, error) {
	body, err := e.Encode()
	if err != nil {
		return nil, err
	}
	d.Own(e, body, b.Holder)
	return []any{b.Holder, e.ID, body, k.Sign(body)}, nil
}

// FoldOwn is EnterOwn of what is not folded into the books yet.
func FoldOwn(tx *database.Tx, k keyring.Ring, b *books.Books, e *ledger.Entry, d *books.Decision, now ledger.Millis) error {
	d.Entry = e.ID
	if err := b.Fold(d, b.N+1); err != nil {
		return err
	}
	return EnterOwn(tx, k, b, e, d, now)
}

// Recall asks for rights of one account through the feed.
func Recall(tx *database.Tx, of books.Holder, rights []*books.Right) error {
	for _, r := range rights {
		_, err := tx.Exec(`
			INSERT INTO recall (account, right_id)
			VALUES ($1, $2)
			ON CONFLICT (account, right_id) DO NOTHING`, of, r.ID)
		if err != nil {
			return fmt.Errorf("recall right: %w", err)
		}
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return err
	}
	return TouchBooks(tx, b)
}
