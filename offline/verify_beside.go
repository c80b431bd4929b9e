package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// checkSales finds keys of sales and returns that are not in the journal; those
// that are have been looked up one by one.
func (c *check) checkSales() error {
	var keys int
	if err := c.tx.QueryRow(`SELECT count(*) FROM sale`).Scan(&keys); err != nil {
		return fmt.Errorf("count sales: %w", err)
	}
	if keys != c.keys {
		c.find(0, "%d keys of sales and returns for %d of them", keys, c.keys)
	}
	return nil
}

// checkNames finds names that no profile gave; what they are only headquarters
// can read.
func (c *check) checkNames() error {
	var account string
	var n int64
	err := c.tx.QueryRow(`
		SELECT d.account, d.n
		FROM named d LEFT JOIN journal j ON j.n = d.n AND j.kind = 'profile'
			LEFT JOIN forward f ON f.account = j.subject
		WHERE d.account IS NOT coalesce(f.survivor, j.subject)
		LIMIT 1`).Scan(&account, &n)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	c.find(n, "a name is kept for it that it did not give")
	return nil
}

// checkPINs finds PINs that no profile set; what they are only headquarters can read.
func (c *check) checkPINs() error {
	var n int64
	err := c.tx.QueryRow(`
		SELECT d.n
		FROM member_pin d LEFT JOIN journal j ON j.n = d.n AND j.kind = 'profile'
			LEFT JOIN forward f ON f.account = j.subject
		WHERE d.account IS NOT coalesce(f.survivor, j.subject)
		LIMIT 1`).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read PINs: %w", err)
	}
	c.find(n, "a PIN is kept for it that it did not set")
	return nil
}

// checkLocals finds identifiers that are kept as a member's whom no entry names.
func (c *check) checkLocals() error {
	var member string
	err := c.tx.QueryRow(`
		SELECT l.member
		FROM local l
		WHERE l.member <> '' AND l.member NOT IN (
			SELECT subject FROM journal WHERE kind = 'enroll'
			UNION SELECT body ->> '$.member' FROM journal WHERE kind = 'profile' AND body ->> '$.member' IS NOT NULL)
		LIMIT 1`).Scan(&member)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read local members: %w", err)
	}
	c.find(0, "an identifier is kept as that of member %s, whom no entry names", member)
	return nil
}

func (c *check) checkAttachments() error {
	rows, err := c.tx.Query(`
		SELECT a.sha256, a.ciphertext, a.n, coalesce(j.body, '')
		FROM attachment a LEFT JOIN journal j ON j.n = a.n`)
	if err != nil {
		return fmt.Errorf("read attachments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var sum ledger.Hash
		var ciphertext, body []byte
		var n int64
		if err := rows.Scan(&sum, &ciphertext, &n, &body); err != nil {
			return fmt.Errorf("read attachments: %w", err)
		}
		if ledger.HashOf(ciphertext) != sum {
			c.find(n, "its attachment is damaged")
		}
		if e, err := ledger.Decode(body); err != nil || e.Attachment != sum {
			c.find(n, "its attachment is not the one its body names")
		}
	}
	return rows.Err()
}

// pages lets SQLite look at a database's own pages and indexes. It is no
// oracle: what it calls whole may have other values than were written.
func (c *check) pages(name string, tx *sqlitedb.Tx) error {
	rows, err := tx.Query(`PRAGMA integrity_check(20)`)
	if err != nil {
		return fmt.Errorf("check %s: %w", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var says string
		if err := rows.Scan(&says); err != nil {
			return fmt.Errorf("check %s: %w", name, err)
		}
		if says != "ok" {
			c.find(0, "%s is damaged: %s", name, says)
		}
	}
	return rows.Err()
}

// directoryPages looks at the directory too, where there is one.
func (c *check) directoryPages(ctx context.Context) error {
	err := c.view.directory.View(ctx, func(tx *sqlitedb.Tx) error { return c.pages(directoryFile, tx) })
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, sqlitedb.ErrStorage):
		c.find(0, "%s cannot be read, and is fed again at the next start: %v", directoryFile, err)
		return nil
	}
	return err
}

// rightRow is a right as the table has it.
type rightRow struct {
	id                            ledger.RightID
	unit                          ledger.Unit
	amount, spent, held, returned ledger.Points
	prunedSpent, prunedReturned   ledger.Points
	until                         ledger.Millis
	body                          []byte
	parts                         ledger.Points
}

// checkRights compares each right with its grant, with what the journal spent
// and returned of it, and with the holds on it.
func (c *check) checkRights() error {
	rights, err := c.readRights()
	if err != nil {
		return err
	}
	for _, r := range rights {
		c.checkRight(r)
		delete(c.spent, r.id)
		delete(c.returned, r.id)
	}
	for id, amount := range c.spent {
		c.find(0, "the journal spends %d of right %s, which is not here", amount, id)
	}
	for id := range c.returned {
		c.find(0, "the journal returns right %s, which is not here", id)
	}
	return nil
}

func (c *check) readRights() ([]rightRow, error) {
	rows, err := c.tx.Query(`
		SELECT right_id, unit, amount, spent, held, returned, pruned_spent, pruned_returned, spend_until_ms, body,
			(SELECT coalesce(sum(p.amount), 0) FROM hold_part p WHERE p.right_id = rights.right_id)
		FROM rights`)
	if err != nil {
		return nil, fmt.Errorf("read rights: %w", err)
	}
	defer rows.Close()
	var out []rightRow
	for rows.Next() {
		var r rightRow
		err := rows.Scan(&r.id, &r.unit, &r.amount, &r.spent, &r.held, &r.returned, &r.prunedSpent, &r.prunedReturned, &r.until, &r.body, &r.parts)
		if err != nil {
			return nil, fmt.Errorf("read rights: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (c *check) checkRight(r rightRow) {
	e, err := ledger.Decode(r.body)
	switch {
	case err != nil || e.Right == nil:
		c.find(0, "right %s: its grant cannot be read", r.id)
	case e.Right.ID != r.id || e.Right.Amount != r.amount || e.Right.Unit != r.unit || e.Right.SpendUntil != r.until:
		c.find(0, "right %s differs from its grant", r.id)
	}
	if in := c.spent[r.id] + r.prunedSpent; r.spent != in {
		c.find(0, "right %s: %d spent, and %d in the journal", r.id, r.spent, in)
	}
	if in := c.returned[r.id] + r.prunedReturned; r.returned != in {
		c.find(0, "right %s: %d returned, and %d in the journal", r.id, r.returned, in)
	}
	if r.held != r.parts {
		c.find(0, "right %s: %d held, and %d in holds", r.id, r.held, r.parts)
	}
}

// checkHolds compares what holds say with their parts.
func (c *check) checkHolds() error {
	var id string
	err := c.tx.QueryRow(`
		SELECT hold_id
		FROM hold h
		WHERE amount <> (
			SELECT coalesce(sum(p.amount), 0)
			FROM hold_part p JOIN rights r ON r.right_id = p.right_id
			WHERE p.hold_id = h.hold_id AND r.unit = h.unit)
		LIMIT 1`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read holds: %w", err)
	}
	c.find(0, "hold %s does not have the parts it says", id)
	return nil
}
