package authority

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// HandedBack is a right that was handed back to a restored headquarters, which forgot it.
type HandedBack struct {
	Holder books.Holder
	Right  ledger.RightID
	Grant  *ledger.Entry
	unread error // why nobody can read its grant, as it lies here
	signed ledger.SignedEntry
	kept   ledger.Points
	waits  bool // points may still come
}

// ReadHandedBack returns the rights that were handed back and are not made again. Points may
// still come for those of terminals that are awaited since a restore after an instant.
func ReadHandedBack(tx *database.Tx, k keyring.Ring, since ledger.Millis) ([]*HandedBack, error) {
	waits, err := records.Waiting(tx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(`
		SELECT b.account, b.right_id, b.body, b.signature, b.kept, a.terminal IS NOT NULL AND c.restored_at_ms > $1
		FROM handed_back b
		JOIN chain c ON c.one = 1
		LEFT JOIN awaited a ON a.terminal = b.terminal
		ORDER BY b.account, b.right_id`, since)
	if err != nil {
		return nil, fmt.Errorf("read rights handed back: %w", err)
	}
	defer rows.Close()
	var all []*HandedBack
	for rows.Next() {
		var c HandedBack
		c.unread = rows.Scan(&c.Holder, &c.Right, &c.signed.Body, &c.signed.Signature, &c.kept, &c.waits)
		if database.EndsAll(c.unread) {
			return nil, fmt.Errorf("read rights handed back: %w", c.unread)
		}
		c.waits = c.waits || waits
		if c.unread == nil {
			c.Grant, c.unread = ownGrant(k, c.signed)
		}
		all = append(all, &c)
	}
	return all, rows.Err()
}

// MakeAgain makes a right whose points are here; with short also one for which none can
// come any more, as far as the points go. done says that it waits no longer, lost what of
// it there were no points for.
func (a *Authority) MakeAgain(tx *database.Tx, c *HandedBack, short bool, now ledger.Millis) (lost ledger.Points, done bool, err error) {
	if c.unread != nil {
		return 0, false, fmt.Errorf("read what was handed back: %w", c.unread)
	}
	known, err := knowsRight(tx, c.Grant)
	if err != nil {
		return 0, false, err
	}
	if known {
		return 0, true, c.drop(tx)
	}
	of, err := records.Survivor(tx, books.Holder(c.Grant.Subject))
	if err != nil {
		return 0, false, err
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return 0, false, err
	}
	r := *c.Grant.Right
	t, err := records.ReadTerminal(tx, r.Terminal)
	if err != nil {
		return 0, false, err
	}
	free, err := a.free(tx, b, books.BalanceKey{Program: r.Program, Unit: r.Unit}, &t, r.SpendUntil)
	if err != nil {
		return 0, false, err
	}
	r.Amount = max(0, min(c.kept, free))
	if lost = c.kept - r.Amount; lost > 0 {
		if come, err := c.mayCome(tx, b.Holder, now); !short || come || err != nil {
			return 0, false, err
		}
	}
	if r.Amount > 0 {
		err = grantAgain(tx, b, c, r, now)
	} else {
		err = posting.TouchBooks(tx, b) // the authority looked away
	}
	if err != nil {
		return 0, false, err
	}
	return lost, true, c.drop(tx)
}

// mayCome reports whether points for a right may still come: from a terminal that is to
// be heard, from rights that are to be reclaimed again, or with their time, which what came
// again may have waited for.
func (c *HandedBack) mayCome(tx *database.Tx, of books.Holder, now ledger.Millis) (bool, error) {
	if c.waits {
		return true, nil
	}
	var due bool
	err := tx.QueryRow(`
		SELECT EXISTS (SELECT 1 FROM account_right WHERE account = $1 AND state = 'open' AND reclaim_at_ms <= $2)
		OR EXISTS (SELECT 1 FROM due WHERE account = $1 AND at_ms <= $2)
		OR EXISTS (
			SELECT 1 FROM authority_dirty d LEFT JOIN matured m ON m.account = d.account
			WHERE d.account = $1 AND (m.version IS NULL OR m.version < d.version))`, of, now).Scan(&due)
	if err != nil {
		return false, fmt.Errorf("look what is due: %w", err)
	}
	return due, nil
}

func (c *HandedBack) drop(tx *database.Tx) error {
	_, err := tx.Exec(`DELETE FROM handed_back WHERE account = $1 AND right_id = $2`, c.Holder, c.Right)
	return err
}

// grantAgain posts a grant as it was signed, with what is left of it. Its lots
// are those it was drawn from, as far as they have it, and then others.
func grantAgain(tx *database.Tx, b *books.Books, c *HandedBack, r ledger.Right, now ledger.Millis) (err error) {
	if _, use := r.Unit.Use(); !use {
		r.Lots, err = b.LotsAgain(r)
	}
	if err != nil {
		return err
	}
	d := books.Granting(&r)
	d.Own(c.Grant, c.signed.Body, b.Holder)
	if err := b.Fold(d, b.N+1); err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO own_entry (account, entry, body, signature)
		VALUES ($1, $2, $3, $4)`, b.Holder, c.Grant.ID, c.signed.Body, c.signed.Signature)
	if err != nil {
		return fmt.Errorf("write grant: %w", err)
	}
	_, err = tx.Exec(`
		INSERT INTO room (terminal, right_id, account, amount)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (terminal, right_id) DO UPDATE
		SET account = excluded.account, amount = excluded.amount`, r.Terminal, r.ID, b.Holder, r.Amount)
	if err != nil {
		return fmt.Errorf("take room: %w", err)
	}
	return posting.Enter(tx, b, d, now)
}
