// Package records reads what the tables of headquarters say, in a transaction that is
// given: the books of a ledger and its decisions, entries on their way to it, whose an
// entry or an identifier is, persons, stores and terminals. It decides nothing.
package records

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// stored loads books from the database.
type stored struct {
	tx *database.Tx
	// accounts are what the ledger has, by program; nil where that was not read yet.
	accounts map[string]*loyalty.Account
}

// Loading loads books from the database.
func Loading(tx *database.Tx) *stored { return &stored{tx: tx} }

// OpenBooks returns a ledger's books as of its last row, or empty ones.
func OpenBooks(tx *database.Tx, of books.Holder) (*books.Books, error) {
	b := books.New(of, Loading(tx))
	all := map[books.Holder]*books.Books{of: b}
	return b, readHeads(tx, all)
}

// OpenAll returns the books of many ledgers, with what they have under each
// program. Where asked is false of one it is without its lots: nothing is to be taken
// from them.
func OpenAll(tx *database.Tx, asked map[books.Holder]bool) (map[books.Holder]*books.Books, error) {
	all := map[books.Holder]*books.Books{}
	var lots []books.Holder
	for one, its := range asked {
		all[one] = nil
		if its {
			lots = append(lots, one)
		}
	}
	accounts, err := readAccounts(tx, slices.Collect(maps.Keys(asked)), lots)
	if err != nil {
		return nil, err
	}
	for one := range all {
		all[one] = books.New(one, &stored{tx, accounts[one]})
	}
	return all, readHeads(tx, all)
}

// readHeads reads up to where ledgers go.
func readHeads(tx *database.Tx, all map[books.Holder]*books.Books) error {
	err := tx.QueryMany(database.Many{Head: `
		SELECT account, n, head, version, last_terminal, last_program
		FROM account
		WHERE account IN (VALUES`, Tail: `)`}, ListOf(slices.Collect(maps.Keys(all))), func(rows *database.Rows) error {
		var read books.Books
		if err := rows.Scan(&read.Holder, &read.N, &read.Head, &read.Version, &read.Lane.Terminal, &read.Lane.Program); err != nil {
			return err
		}
		b := all[read.Holder]
		b.N, b.Head, b.Version, b.Lane = read.N, read.Head, read.Version, read.Lane
		return nil
	})
	if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	return nil
}

// Account reads what is left under a program: a lot that is spent is read when a
// move names it.
func (s *stored) Account(of books.Holder, program string) (*loyalty.Account, error) {
	if s.accounts == nil {
		read, err := readAccounts(s.tx, []books.Holder{of}, []books.Holder{of})
		if err != nil {
			return nil, err
		}
		s.accounts = read[of]
	}
	return s.accounts[program], nil
}

const lotColumns = `lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since, vested,
	idle, promise`

// scanLot reads lotColumns, and what stands before them.
func scanLot(l *books.KeptLot, row interface{ Scan(...any) error }, before ...any) error {
	var promise []byte
	err := row.Scan(append(before, &l.Name, &l.Order, &l.Of.Program, &l.Of.Unit, &l.Amount, &l.Left, &l.Pending,
		&l.Terms.VestsAt, &l.Terms.ExpiresAt, &l.Since, &l.Vested, &l.Terms.Idle, &promise)...)
	if err == nil && len(promise) > 0 {
		err = ledger.DecodeJSON(promise, &l.Terms.Promise)
	}
	return err
}

// ReadLotsLeft returns the lots of a ledger that have something left.
func ReadLotsLeft(tx *database.Tx, of books.Holder) (all []books.KeptLot, err error) {
	rows, err := tx.Query(`
		SELECT `+lotColumns+`
		FROM lot
		WHERE account = $1 AND rest > 0
		ORDER BY n, lot`, of)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l books.KeptLot
		if err := scanLot(&l, rows); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, rows.Err()
}

func (s *stored) Lot(of books.Holder, name string) (*books.KeptLot, error) {
	var l books.KeptLot
	err := scanLot(&l, s.tx.QueryRow(`
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
	spend_until_ms, reclaim_at_ms, entry, n, parent`

func scanRight(r *books.Right, row interface{ Scan(...any) error }) error {
	return row.Scan(&r.ID, &r.Terminal, &r.Epoch, &r.Branch, &r.Program, &r.Unit, &r.Amount, &r.Spent, &r.Returned,
		&r.State, &r.SpendUntil, &r.ReclaimAt, &r.Grant, &r.N, &r.Parent)
}

func (s *stored) Right(of books.Holder, id ledger.RightID) (*books.Right, error) {
	r := new(books.Right)
	err := scanRight(r, s.tx.QueryRow(`
		SELECT `+rightColumns+`
		FROM account_right
		WHERE account = $1 AND right_id = $2`, of, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read right: %w", err)
	}
	r.Left, err = s.rightLots(of, id)
	return r, err
}

func (s *stored) rightLots(of books.Holder, id ledger.RightID) ([]ledger.LotShare, error) {
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

func (s *stored) Lane(of books.Holder, program string) (at ledger.TerminalID, err error) {
	err = s.tx.QueryRow(`SELECT terminal FROM account_lane WHERE account = $1 AND program = $2`, of, program).Scan(&at)
	if err := OrNone(err); err != nil {
		return at, fmt.Errorf("read lane: %w", err)
	}
	return at, nil
}

func (s *stored) Open(of books.Holder) ([]*books.Right, error) { return ReadOpenRights(s.tx, of) }

func (s *stored) Lots(of books.Holder, program string) (names []string, err error) {
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
