package hq

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// stored loads books from the database.
type stored struct{ tx *sqlitedb.Tx }

// openBooks returns a ledger's books as of its last row, or empty ones.
func openBooks(tx *sqlitedb.Tx, of holder) (*books, error) {
	b := newBooks(of, stored{tx})
	err := tx.QueryRow(`
		SELECT n, head, version, last_terminal
		FROM account
		WHERE account = $1`, of).
		Scan(&b.n, &b.head, &b.version, &b.lane)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read account: %w", err)
	}
	return b, nil
}

func (s stored) balance(of holder, key balanceKey) (*balance, error) {
	var b balance
	err := s.tx.QueryRow(`
		SELECT available, pending, receivable
		FROM balance
		WHERE account = $1 AND program = $2 AND unit = $3`, of, key.program, key.unit).
		Scan(&b.available, &b.pending, &b.receivable)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read balance: %w", err)
	}
	return &b, nil
}

func (s stored) lot(of holder, name string) (*lot, error) {
	var l lot
	err := s.tx.QueryRow(`
		SELECT n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms
		FROM lot
		WHERE account = $1 AND lot = $2`, of, name).
		Scan(&l.n, &l.of.program, &l.of.unit, &l.amount, &l.rest, &l.pending, &l.terms.VestsAt, &l.terms.ExpiresAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read lot: %w", err)
	}
	return &l, nil
}

const rightColumns = `right_id, terminal, epoch, branch, program, unit, amount, spent, returned, state,
	spend_until_ms, reclaim_at_ms, entry, n`

func (r *heldRight) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&r.ID, &r.Terminal, &r.Epoch, &r.Branch, &r.Program, &r.Unit, &r.Amount, &r.spent, &r.returned,
		&r.state, &r.SpendUntil, &r.ReclaimAt, &r.entry, &r.n)
}

func (s stored) right(of holder, id ledger.RightID) (*heldRight, error) {
	r := new(heldRight)
	err := r.scan(s.tx.QueryRow(`
		SELECT `+rightColumns+`
		FROM account_right
		WHERE account = $1 AND right_id = $2`, of, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read right: %w", err)
	}
	r.lots, err = s.rightLots(of, id)
	return r, err
}

func (s stored) rightLots(of holder, id ledger.RightID) ([]ledger.LotShare, error) {
	rows, err := s.tx.Query(`
		SELECT lot, rest
		FROM account_right_lot
		WHERE account = $1 AND right_id = $2
		ORDER BY place`, of, id)
	if err != nil {
		return nil, fmt.Errorf("read lots of right: %w", err)
	}
	defer rows.Close()
	var lots []ledger.LotShare
	for rows.Next() {
		var share ledger.LotShare
		if err := rows.Scan(&share.Lot, &share.Amount); err != nil {
			return nil, fmt.Errorf("read lots of right: %w", err)
		}
		lots = append(lots, share)
	}
	return lots, rows.Err()
}

func (s stored) free(of holder, key balanceKey) ([]string, error) {
	rows, err := s.tx.Query(`
		SELECT lot FROM lot
		WHERE account = $1 AND program = $2 AND unit = $3 AND pending = 0 AND rest > 0`, of, key.program, key.unit)
	if err != nil {
		return nil, fmt.Errorf("read lots: %w", err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read lots: %w", err)
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// save writes what changed.
func (b *books) save(tx *sqlitedb.Tx) error {
	for key, have := range b.balances {
		if have.changed {
			if err := b.saveBalance(tx, key, have); err != nil {
				return fmt.Errorf("save balance: %w", err)
			}
			have.changed = false
		}
	}
	for name, have := range b.lots {
		if have.changed {
			if err := b.saveLot(tx, name, have); err != nil {
				return fmt.Errorf("save lot: %w", err)
			}
			have.changed = false
		}
	}
	for _, have := range b.rights {
		if have.changed {
			if err := b.saveRight(tx, have); err != nil {
				return fmt.Errorf("save right: %w", err)
			}
			have.changed = false
		}
	}
	for sale, rows := range b.returns {
		for _, n := range rows {
			_, err := tx.Exec(`INSERT INTO sale_return (account, sale, n) VALUES ($1, $2, $3)`, b.holder, sale, n)
			if err != nil {
				return fmt.Errorf("save return: %w", err)
			}
		}
	}
	clear(b.returns)
	return nil
}

func (b *books) saveBalance(tx *sqlitedb.Tx, key balanceKey, have *balance) error {
	_, err := tx.Exec(`
		INSERT INTO balance (account, program, unit, available, pending, receivable)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account, program, unit) DO UPDATE
		SET available = excluded.available, pending = excluded.pending, receivable = excluded.receivable`,
		b.holder, key.program, key.unit, have.available, have.pending, have.receivable)
	return err
}

func (b *books) saveLot(tx *sqlitedb.Tx, name string, have *lot) error {
	_, err := tx.Exec(`
		INSERT INTO lot (account, lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (account, lot) DO UPDATE
		SET rest = excluded.rest, pending = excluded.pending`,
		b.holder, name, have.n, have.of.program, have.of.unit, have.amount, have.rest, have.pending,
		have.terms.VestsAt, have.terms.ExpiresAt)
	return err
}

func (b *books) saveRight(tx *sqlitedb.Tx, r *heldRight) error {
	_, err := tx.Exec(`
		INSERT INTO account_right (account, right_id, terminal, epoch, branch, program, unit, amount,
		                           spent, returned, state, spend_until_ms, reclaim_at_ms, entry, n)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (account, right_id) DO UPDATE
		SET spent = excluded.spent, returned = excluded.returned, state = excluded.state, n = excluded.n`,
		b.holder, r.ID, r.Terminal, r.Epoch, r.Branch, r.Program, r.Unit, r.Amount,
		r.spent, r.returned, r.state, r.SpendUntil, r.ReclaimAt, r.entry, r.n)
	if err != nil {
		return err
	}
	for place, share := range r.lots {
		_, err := tx.Exec(`
			INSERT INTO account_right_lot (account, right_id, place, lot, rest)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (account, right_id, place) DO UPDATE
			SET rest = excluded.rest`, b.holder, r.ID, place, share.Lot, share.Amount)
		if err != nil {
			return err
		}
	}
	return nil
}
