package hq

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// enter writes a decision, already folded into the books, as the ledger's next
// row, saves what it changed, and marks the account for feeder and authority.
func (b *books) enter(tx *database.Tx, d *decision, now ledger.Millis) error {
	decided, err := d.encode()
	if err != nil {
		return err
	}
	b.n++
	b.head = ledger.LedgerLink(b.holder.chainID(), b.n, b.head, ledger.HashOf(decided))
	var terminal ledger.TerminalID
	if d.Place != nil {
		terminal = d.Place.Terminal
	}
	_, err = tx.Exec(`
		INSERT INTO ledger (account, n, entry, terminal, verdict, decided, hash, recorded_at_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		b.holder, b.n, d.Entry, terminal, d.Verdict, decided, b.head, now)
	if err != nil {
		return fmt.Errorf("write ledger row: %w", err)
	}
	if err := b.save(tx); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE forward SET to_empty = 1 WHERE account = $1`, b.holder); err != nil {
		return fmt.Errorf("mark what is to go over: %w", err)
	}
	return b.touch(tx)
}

// touch gives the account its next version and marks it.
func (b *books) touch(tx *database.Tx) error {
	b.version++
	_, err := tx.Exec(`
		INSERT INTO account (account, n, head, version, last_terminal, last_program)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account) DO UPDATE
		SET n = excluded.n, head = excluded.head, version = excluded.version,
		    last_terminal = excluded.last_terminal, last_program = excluded.last_program`,
		b.holder, b.n, b.head, b.version, b.lane.terminal, b.lane.program)
	if err != nil {
		return fmt.Errorf("save account: %w", err)
	}
	if b.holder.isHeld() {
		return nil // no store hears of it
	}
	if err := markForFeed(tx, b.holder, b.version, b.n); err != nil {
		return err
	}
	if _, isAccount := b.holder.account(); !isAccount {
		return nil // nobody's, so nothing to place
	}
	_, err = tx.Exec(`
		INSERT INTO authority_dirty (account, version)
		VALUES ($1, $2)
		ON CONFLICT (account) DO UPDATE
		SET version = excluded.version`, b.holder, b.version)
	if err != nil {
		return fmt.Errorf("mark account for the authority: %w", err)
	}
	return nil
}

// touch marks an account of which something changed beside its ledger.
func touch(tx *database.Tx, of holder) error {
	b, err := openBooks(tx, of)
	if err != nil {
		return err
	}
	return b.touch(tx)
}

func markForFeed(tx *database.Tx, of holder, version, n uint64) error {
	_, err := tx.Exec(`
		INSERT INTO feed_dirty (account, version, since_n)
		VALUES ($1, $2, $3)
		ON CONFLICT (account) DO UPDATE
		SET version = excluded.version`, of, version, n)
	if err != nil {
		return fmt.Errorf("mark account for the feed: %w", err)
	}
	return nil
}

// markAllForFeed lets every account be told again, to a store that is new.
func markAllForFeed(tx *database.Tx) error {
	_, err := tx.Exec(`
		INSERT INTO feed_dirty (account, version, since_n)
		SELECT account, version, 0 FROM account WHERE true
		ON CONFLICT (account) DO UPDATE
		SET version = excluded.version, since_n = 0`)
	if err != nil {
		return fmt.Errorf("mark accounts for the feed: %w", err)
	}
	return nil
}

// hasEntry reports whether a ledger has a row of this entry.
func hasEntry(tx *database.Tx, of holder, entry ledger.EntryID) (bool, error) {
	var one int
	err := tx.QueryRow(`SELECT 1 FROM ledger WHERE account = $1 AND entry = $2`, of, entry).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up entry: %w", err)
	}
	return true, nil
}

// notePlace keeps the last place of a terminal that an account's balances
// count. It never goes back.
func notePlace(tx *database.Tx, of holder, at ledger.Place) error {
	_, err := tx.Exec(`
		INSERT INTO account_place (account, terminal, epoch, branch, seq)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account, terminal) DO UPDATE
		SET epoch = excluded.epoch, branch = excluded.branch, seq = excluded.seq
		WHERE excluded.epoch > account_place.epoch
		   OR excluded.epoch = account_place.epoch AND excluded.seq > account_place.seq`,
		of, at.Terminal, at.Epoch, at.Branch, at.Seq)
	if err != nil {
		return fmt.Errorf("note place: %w", err)
	}
	return nil
}
