package offline

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// fed is what the feed said of an account.
type fed struct {
	name     string
	asOf     ledger.Millis
	applied  applied
	balances []unitBalance
}

// unitBalance is one unit of a member as it is put together: headquarters'
// balance, what own entries add to it, and what may be spent here.
type unitBalance struct {
	unit                                        ledger.Unit
	available, escrowed, pending, receivable    ledger.Points
	addedAvailable, addedEscrowed, addedPending ledger.Points
	spendable                                   ledger.Points
}

// shown is the balance to tell. What is earned pays what is owed first.
func (b unitBalance) shown() loyalty.Balance {
	free := max(0, b.available-b.receivable+b.addedAvailable)
	return loyalty.Balance{
		Unit:      b.unit,
		Shown:     max(0, free+b.escrowed+b.addedEscrowed),
		Spendable: b.spendable,
		Pending:   max(0, b.pending+b.addedPending),
	}
}

func readAccount(tx *sqlitedb.Tx, account ledger.AccountID, program string) (f fed, known bool, err error) {
	err = tx.QueryRow(`
		SELECT name, as_of_ms, applied_epoch, applied_branch, applied_seq
		FROM account
		WHERE account = ?`, account[:]).
		Scan(&f.name, &f.asOf, &f.applied.epoch, &f.applied.branch, &f.applied.seq)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, fmt.Errorf("read account: %w", err)
	}
	rows, err := tx.Query(`
		SELECT unit, available, escrowed, pending, receivable
		FROM balance
		WHERE account = ? AND program = ?`, account[:], program)
	if err != nil {
		return f, false, fmt.Errorf("read balances: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var b unitBalance
		if err := rows.Scan(&b.unit, &b.available, &b.escrowed, &b.pending, &b.receivable); err != nil {
			return f, false, fmt.Errorf("read balances: %w", err)
		}
		f.balances = append(f.balances, b)
	}
	return f, true, rows.Err()
}

// sheet is a member's balances being put together.
type sheet struct{ balances []unitBalance }

func (s *sheet) of(unit ledger.Unit) *unitBalance {
	for i := range s.balances {
		if s.balances[i].unit == unit {
			return &s.balances[i]
		}
	}
	s.balances = append(s.balances, unitBalance{unit: unit})
	return &s.balances[len(s.balances)-1]
}

// addUnsettled adds what this terminal's entries after the applied place do.
func (s *sheet) addUnsettled(tx *sqlitedb.Tx, account string, counted applied) error {
	rows, err := readUnsettled(tx, account)
	if err != nil || len(rows) == 0 {
		return err
	}
	l, err := readLineage(tx)
	if err != nil {
		return err
	}
	for _, u := range rows {
		skip, err := counted.counts(tx, l, u.n)
		if err != nil {
			return err
		}
		if skip {
			continue
		}
		b := s.of(u.unit)
		b.addedAvailable += u.available
		b.addedEscrowed += u.escrowed
		b.addedPending += u.pending
	}
	return nil
}

func (s *sheet) shown() []loyalty.Balance {
	var out []loyalty.Balance
	for _, b := range s.balances {
		out = append(out, b.shown())
	}
	return out
}

// addSpendable adds what the account's open rights have free, within what this
// terminal may still spend; nothing where it may not redeem.
func (v *View) addSpendable(tx *sqlitedb.Tx, s *sheet, account string) error {
	free, err := v.freeRights(tx, account)
	if err != nil || len(free) == 0 {
		return err
	}
	standing, err := v.standing(tx)
	if err != nil {
		return err
	}
	now := v.opts.Now()
	if standing.refuses(now, v.opts.MaxOffline) != nil {
		return nil
	}
	at := standing.clock.time(now)
	for _, r := range free {
		if r.until >= at {
			s.of(r.unit).spendable += r.amount
		}
	}
	for i := range s.balances {
		b := &s.balances[i]
		if b.spendable == 0 {
			continue
		}
		used, err := exposure(tx, b.unit)
		if err != nil {
			return err
		}
		b.spendable = max(0, min(b.spendable, v.opts.PerTerminalCap-used))
	}
	return nil
}

// freeRight is what one open right has neither spent, held nor returned.
type freeRight struct {
	unit   ledger.Unit
	amount ledger.Points
	until  ledger.Millis
}

func (v *View) freeRights(tx *sqlitedb.Tx, account string) ([]freeRight, error) {
	rows, err := tx.Query(`
		SELECT unit, amount - spent - held - returned, spend_until_ms
		FROM rights
		WHERE account = ? AND program = ? AND closed IS NULL AND recalled = 0
			AND amount > spent + held + returned`, account, v.opts.Program)
	if err != nil {
		return nil, fmt.Errorf("read rights: %w", err)
	}
	defer rows.Close()
	var free []freeRight
	for rows.Next() {
		var r freeRight
		if err := rows.Scan(&r.unit, &r.amount, &r.until); err != nil {
			return nil, fmt.Errorf("read rights: %w", err)
		}
		free = append(free, r)
	}
	return free, rows.Err()
}
