package hq

import (
	"encoding/json"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// The tables that a unit writes, in the order in which it does.
const (
	ledgerTable = iota
	balanceTable
	lotTable
	stateTable
	rightTable
	rightLotTable
	returnTable
	laneTable
	accountTable
	emptyTable
	feedTable
	authorityTable
	placeTable
	tables // how many there are
)

var writing = [tables]struct {
	what string
	database.Many
}{
	ledgerTable: {"write ledger row", database.Many{Head: `
		INSERT INTO ledger (account, n, entry, terminal, verdict, decided, hash, recorded_at_ms)
		VALUES`}},
	balanceTable: {"save balance", database.Many{Head: `
		INSERT INTO balance (account, program, unit, available, pending, receivable, idled_after)
		VALUES`, Tail: `
		ON CONFLICT (account, program, unit) DO UPDATE
		SET available = excluded.available, pending = excluded.pending, receivable = excluded.receivable,
		    idled_after = excluded.idled_after`}},
	lotTable: {"save lot", database.Many{Head: `
		INSERT INTO lot (account, lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since, vested,
		                 idle, promise)
		VALUES`, Tail: `
		ON CONFLICT (account, lot) DO UPDATE
		SET amount = excluded.amount, rest = excluded.rest, pending = excluded.pending, vested = excluded.vested`}},
	stateTable: {"save member state", database.Many{Head: `
		INSERT INTO member_state (account, program, state)
		VALUES`, Tail: `
		ON CONFLICT (account, program) DO UPDATE
		SET state = excluded.state`}},
	rightTable: {"save right", database.Many{Head: `
		INSERT INTO account_right (account, right_id, terminal, epoch, branch, program, unit, amount,
		                           spent, returned, state, spend_until_ms, reclaim_at_ms, entry, n, parent)
		VALUES`, Tail: `
		ON CONFLICT (account, right_id) DO UPDATE
		SET spent = excluded.spent, returned = excluded.returned, state = excluded.state, n = excluded.n`}},
	rightLotTable: {"save lots of right", database.Many{Head: `
		INSERT INTO account_right_lot (account, right_id, place, lot, rest)
		VALUES`, Tail: `
		ON CONFLICT (account, right_id, place) DO UPDATE
		SET rest = excluded.rest`}},
	returnTable: {"save return", database.Many{Head: `
		INSERT INTO sale_return (account, sale, n)
		VALUES`}},
	laneTable: {"save lane", database.Many{Head: `
		INSERT INTO account_lane (account, program, terminal)
		VALUES`, Tail: `
		ON CONFLICT (account, program) DO UPDATE
		SET terminal = excluded.terminal`}},
	accountTable: {"save account", database.Many{Head: `
		INSERT INTO account (account, n, head, version, last_terminal, last_program)
		VALUES`, Tail: `
		ON CONFLICT (account) DO UPDATE
		SET n = excluded.n, head = excluded.head, version = excluded.version,
		    last_terminal = excluded.last_terminal, last_program = excluded.last_program`}},
	emptyTable: {"mark what is to go over", database.Many{Head: `
		UPDATE forward SET to_empty = 1
		WHERE account IN (VALUES`, Tail: `)`}},
	feedTable: {"mark account for the feed", database.Many{Head: `
		INSERT INTO feed_dirty (account, version, since_n)
		VALUES`, Tail: `
		ON CONFLICT (account) DO UPDATE
		SET version = excluded.version`}},
	authorityTable: {"mark account for the authority", database.Many{Head: `
		INSERT INTO authority_dirty (account, version)
		VALUES`, Tail: `
		ON CONFLICT (account) DO UPDATE
		SET version = excluded.version`}},
	placeTable: {"note place", database.Many{Head: `
		INSERT INTO account_place (account, terminal, epoch, branch, seq, met_at_ms)
		VALUES`, Tail: `
		ON CONFLICT (account, terminal) DO UPDATE
		SET epoch = excluded.epoch, branch = excluded.branch, seq = excluded.seq, met_at_ms = excluded.met_at_ms
		WHERE excluded.epoch > account_place.epoch
		   OR excluded.epoch = account_place.epoch AND excluded.seq > account_place.seq`}},
}

func (u *unit) write(table int, row ...any) { u.rows[table] = append(u.rows[table], row) }

// save writes what changed of a ledger's books since they were read, and what
// feeder and authority go by.
func (u *unit) save(b *books) error {
	for program, a := range b.accounts {
		if err := u.saveAccount(b.holder, program, a); err != nil {
			return err
		}
	}
	for _, r := range b.rights {
		if r.changed {
			u.saveRight(b.holder, r)
		}
	}
	for sale, rows := range b.returns {
		for _, n := range rows {
			u.write(returnTable, b.holder, sale, n)
		}
	}
	for program, terminal := range b.lanes {
		u.write(laneTable, b.holder, program, terminal)
	}
	clear(b.returns)
	clear(b.lanes)
	u.mark(b)
	return nil
}

// mark writes the account's row and its marks: no store hears of a ledger that
// is held, and of one that is no account's there is nothing to place.
func (u *unit) mark(b *books) {
	u.write(accountTable, b.holder, b.n, b.head, b.version, b.lane.terminal, b.lane.program)
	if b.entered {
		u.write(emptyTable, b.holder)
	}
	if !b.holder.isHeld() {
		u.write(feedTable, b.holder, b.version, b.toldFrom)
	}
	if _, isAccount := b.holder.account(); isAccount {
		u.write(authorityTable, b.holder, b.version)
	}
	b.touched, b.entered = false, false
}

// saveAccount writes what moves and effects changed.
func (u *unit) saveAccount(of holder, program string, a *account) error {
	for unit := range a.touched {
		have, was := a.Purse(unit), a.was.Purse(unit)
		if err := u.saveBalance(of, balanceKey{program, unit}, have); err != nil {
			return err
		}
		stands := map[string]loyalty.Lot{}
		for _, l := range was.Lots {
			stands[l.Name] = l
		}
		for _, l := range have.Lots {
			if stands[l.Name] == l {
				continue
			}
			if err := u.saveLot(of, keptLot{balanceKey{program, unit}, l}); err != nil {
				return err
			}
		}
	}
	if a.remembered {
		text, err := json.Marshal(&a.State)
		if err != nil {
			return err
		}
		u.write(stateTable, of, program, text)
	}
	if len(a.touched) > 0 {
		a.was = a.Clone()
	}
	a.remembered = false
	clear(a.touched)
	return nil
}

func (u *unit) saveBalance(of holder, key balanceKey, have loyalty.Purse) error {
	cells, err := balanceCells(key, &have)
	if err == nil {
		u.write(balanceTable, append([]any{of}, cells...)...)
	}
	return err
}

func (u *unit) saveLot(of holder, l keptLot) error {
	cells, err := l.cells()
	if err == nil {
		u.write(lotTable, append([]any{of}, cells...)...)
	}
	return err
}

func (u *unit) saveRight(of holder, r *heldRight) {
	u.write(rightTable, append([]any{of}, r.cells()...)...)
	for place, share := range r.lots {
		u.write(rightLotTable, of, r.ID, place, share.Lot, share.Amount)
	}
	r.changed = false
}
