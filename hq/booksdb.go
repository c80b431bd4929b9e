package hq

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// stored loads books from the database.
type stored struct{ tx *database.Tx }

// openBooks returns a ledger's books as of its last row, or empty ones.
func openBooks(tx *database.Tx, of holder) (*books, error) {
	b := newBooks(of, stored{tx})
	err := tx.QueryRow(`
		SELECT n, head, version, last_terminal, last_program
		FROM account
		WHERE account = $1`, of).
		Scan(&b.n, &b.head, &b.version, &b.lane.terminal, &b.lane.program)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read account: %w", err)
	}
	return b, nil
}

// account reads what is left under a program: a lot that is spent is read when a
// move names it.
func (s stored) account(of holder, program string) (*loyalty.Account, error) {
	a := &loyalty.Account{Of: ledger.Subject(of)}
	some, err := s.purses(a, of, program)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	if some {
		if err := s.lotsLeft(a, of, program); err != nil {
			return nil, fmt.Errorf("read lots: %w", err)
		}
	}
	known, err := s.state(a, of, program)
	if err != nil {
		return nil, fmt.Errorf("read member state: %w", err)
	}
	if !some && !known {
		return nil, nil
	}
	return a, nil
}

func (s stored) purses(a *loyalty.Account, of holder, program string) (some bool, err error) {
	rows, err := s.tx.Query(`
		SELECT unit, available, pending, receivable, idled_after
		FROM balance
		WHERE account = $1 AND program = $2`, of, program)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var unit ledger.Unit
		var p loyalty.Purse
		var idled []byte
		if err := rows.Scan(&unit, &p.Available, &p.Pending, &p.Receivable, &idled); err != nil {
			return false, err
		}
		if string(idled) != neverIdled {
			if err := json.Unmarshal(idled, &p.Idled); err != nil {
				return false, fmt.Errorf("when %s ended: %w", unit, err)
			}
		}
		*a.Hold(unit), some = p, true
	}
	return some, rows.Err()
}

// neverIdled is kept of a unit that no idleness ends, as most are.
const neverIdled = "[]"

const lotColumns = `lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since, vested,
	idle, promise`

func (l *keptLot) scan(row interface{ Scan(...any) error }) error {
	var promise []byte
	err := row.Scan(&l.Name, &l.Order, &l.of.program, &l.of.unit, &l.Amount, &l.Left, &l.Pending,
		&l.Terms.VestsAt, &l.Terms.ExpiresAt, &l.Since, &l.Vested, &l.Terms.Idle, &promise)
	if err == nil && len(promise) > 0 {
		err = ledger.DecodeJSON(promise, &l.Terms.Promise)
	}
	return err
}

// promiseText is how a promise is kept; empty where there is none.
func promiseText(p ledger.Promise) (string, error) {
	if p == (ledger.Promise{}) {
		return "", nil
	}
	text, err := json.Marshal(p)
	return string(text), err
}

func (s stored) lotsLeft(a *loyalty.Account, of holder, program string) error {
	rows, err := s.tx.Query(`
		SELECT `+lotColumns+`
		FROM lot
		WHERE account = $1 AND program = $2 AND rest > 0`, of, program)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l keptLot
		if err := l.scan(rows); err != nil {
			return err
		}
		a.Hold(l.of.unit).Keep(l.Lot)
	}
	return rows.Err()
}

func (s stored) state(a *loyalty.Account, of holder, program string) (known bool, err error) {
	var text []byte
	err = s.tx.QueryRow(`SELECT state FROM member_state WHERE account = $1 AND program = $2`, of, program).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		err = ledger.DecodeJSON(text, &a.State)
	}
	return true, err
}

func (s stored) lot(of holder, name string) (*keptLot, error) {
	var l keptLot
	err := l.scan(s.tx.QueryRow(`
		SELECT `+lotColumns+`
		FROM lot
		WHERE account = $1 AND lot = $2`, of, name))
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

func (s stored) lane(of holder, program string) (at ledger.TerminalID, err error) {
	err = s.tx.QueryRow(`SELECT terminal FROM account_lane WHERE account = $1 AND program = $2`, of, program).Scan(&at)
	if err := orNone(err); err != nil {
		return at, fmt.Errorf("read lane: %w", err)
	}
	return at, nil
}

func (s stored) open(of holder) ([]*heldRight, error) { return readOpenRights(s.tx, of) }

func (s stored) lots(of holder, program string) (names []string, err error) {
	rows, err := s.tx.Query(`SELECT lot FROM lot WHERE account = $1 AND program = $2 ORDER BY lot`, of, program)
	if err != nil {
		return nil, fmt.Errorf("read lots: %w", err)
	}
	defer rows.Close()
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
func (b *books) save(tx *database.Tx) error {
	for program, a := range b.accounts {
		if err := b.saveAccount(tx, program, a); err != nil {
			return err
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
	for program, terminal := range b.lanes {
		_, err := tx.Exec(`
			INSERT INTO account_lane (account, program, terminal)
			VALUES ($1, $2, $3)
			ON CONFLICT (account, program) DO UPDATE SET terminal = excluded.terminal`, b.holder, program, terminal)
		if err != nil {
			return fmt.Errorf("save lane: %w", err)
		}
	}
	clear(b.lanes)
	return b.saveSegments(tx)
}

// saveAccount writes what moves and effects changed since it was read.
func (b *books) saveAccount(tx *database.Tx, program string, a *account) error {
	for unit := range a.touched {
		have, was := a.Purse(unit), a.was.Purse(unit)
		if err := b.saveBalance(tx, balanceKey{program, unit}, have); err != nil {
			return fmt.Errorf("save balance: %w", err)
		}
		stands := map[string]loyalty.Lot{}
		for _, l := range was.Lots {
			stands[l.Name] = l
		}
		for _, l := range have.Lots {
			if stands[l.Name] == l {
				continue
			}
			if err := b.saveLot(tx, keptLot{balanceKey{program, unit}, l}); err != nil {
				return fmt.Errorf("save lot: %w", err)
			}
		}
	}
	if a.remembered {
		if err := b.saveState(tx, program, &a.State); err != nil {
			return fmt.Errorf("save member state: %w", err)
		}
	}
	a.was, a.remembered = a.Clone(), false
	clear(a.touched)
	return nil
}

func (b *books) saveBalance(tx *database.Tx, key balanceKey, have loyalty.Purse) error {
	cells, err := balanceCells(key, &have)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO balance (account, program, unit, available, pending, receivable, idled_after)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (account, program, unit) DO UPDATE
		SET available = excluded.available, pending = excluded.pending, receivable = excluded.receivable,
		    idled_after = excluded.idled_after`,
		append([]any{b.holder}, cells...)...)
	return err
}

func (b *books) saveLot(tx *database.Tx, l keptLot) error {
	cells, err := l.cells()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO lot (account, lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since, vested,
		                 idle, promise)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (account, lot) DO UPDATE
		SET amount = excluded.amount, rest = excluded.rest, pending = excluded.pending, vested = excluded.vested`,
		append([]any{b.holder}, cells...)...)
	return err
}

func (b *books) saveState(tx *database.Tx, program string, state *loyalty.State) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO member_state (account, program, state)
		VALUES ($1, $2, $3)
		ON CONFLICT (account, program) DO UPDATE
		SET state = excluded.state`, b.holder, program, text)
	return err
}

func (b *books) saveRight(tx *database.Tx, r *heldRight) error {
	_, err := tx.Exec(`
		INSERT INTO account_right (account, right_id, terminal, epoch, branch, program, unit, amount,
		                           spent, returned, state, spend_until_ms, reclaim_at_ms, entry, n)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (account, right_id) DO UPDATE
		SET spent = excluded.spent, returned = excluded.returned, state = excluded.state, n = excluded.n`,
		append([]any{b.holder}, r.cells()...)...)
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
