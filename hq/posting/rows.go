package posting

import (
	"encoding/json"

	"github.com/loyaltyd/loyaltyd/hq/books"
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
	flaggedTable
	unclaimedTable
	referralTable
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
	flaggedTable: {"note flags", database.Many{Head: `
		INSERT INTO flagged (account, entry, terminal, flags, at_ms)
		VALUES`, Tail: `
		ON CONFLICT (account, entry) DO NOTHING`}},
	unclaimedTable: {"note a sale that stands by itself", database.Many{Head: `
		INSERT INTO unclaimed (account, drop_at_ms)
		VALUES`, Tail: `
		ON CONFLICT (account) DO NOTHING`}},
	referralTable: {"keep referral", database.Many{Head: `
		INSERT INTO referral (account, entry, intent)
		VALUES`, Tail: `
		ON CONFLICT (account, entry) DO NOTHING`}},
}

func (u *Unit) write(table int, row ...any) { u.rows[table] = append(u.rows[table], row) }

// save writes what changed of a ledger's books since they were read, and what
// feeder and authority go by.
func (u *Unit) save(b *books.Books) error {
	for program, a := range b.Accounts {
		if err := u.saveAccount(b.Holder, program, a); err != nil {
			return err
		}
	}
	for _, r := range b.Rights {
		if r.Changed {
			u.saveRight(b.Holder, r)
		}
	}
	for sale, rows := range b.Returns {
		for _, n := range rows {
			u.write(returnTable, b.Holder, sale, n)
		}
	}
	for program, terminal := range b.Lanes {
		u.write(laneTable, b.Holder, program, terminal)
	}
	clear(b.Returns)
	clear(b.Lanes)
	u.mark(b)
	return nil
}

// mark writes the account's row and its marks: no store hears of a ledger that
// is held, and of one that is no account's there is nothing to place.
func (u *Unit) mark(b *books.Books) {
	u.write(accountTable, b.Holder, b.N, b.Head, b.Version, b.Lane.Terminal, b.Lane.Program)
	if b.Entered {
		u.write(emptyTable, b.Holder)
	}
	if !b.Holder.IsHeld() {
		u.write(feedTable, b.Holder, b.Version, b.ToldFrom)
	}
	if _, isAccount := b.Holder.Account(); isAccount {
		u.write(authorityTable, b.Holder, b.Version)
	}
	b.Touched, b.Entered = false, false
}

// saveAccount writes what moves and effects changed.
func (u *Unit) saveAccount(of books.Holder, program string, a *books.Account) error {
	for unit := range a.Touched {
		have := a.Purse(unit)
		if err := u.saveBalance(of, books.BalanceKey{Program: program, Unit: unit}, have); err != nil {
			return err
		}
		stands := make(map[string]loyalty.Lot, len(a.Stored[unit]))
		for _, l := range a.Stored[unit] {
			stands[l.Name] = l
		}
		for _, l := range have.Lots {
			if stands[l.Name] == l {
				continue
			}
			if err := u.saveLot(of, books.KeptLot{Of: books.BalanceKey{Program: program, Unit: unit}, Lot: l}); err != nil {
				return err
			}
		}
		a.Keep(unit)
	}
	if a.Remembered {
		text, err := json.Marshal(&a.State)
		if err != nil {
			return err
		}
		u.write(stateTable, of, program, text)
	}
	a.Remembered = false
	clear(a.Touched)
	return nil
}

func (u *Unit) saveBalance(of books.Holder, key books.BalanceKey, have loyalty.Purse) error {
	cells, err := books.BalanceCells(key, &have)
	if err == nil {
		u.write(balanceTable, append([]any{of}, cells...)...)
	}
	return err
}

func (u *Unit) saveLot(of books.Holder, l books.KeptLot) error {
	cells, err := l.Cells()
	if err == nil {
		u.write(lotTable, append([]any{of}, cells...)...)
	}
	return err
}

func (u *Unit) saveRight(of books.Holder, r *books.Right) {
	u.write(rightTable, append([]any{of}, r.Cells()...)...)
	for place, share := range r.Left {
		u.write(rightLotTable, of, r.ID, place, share.Lot, share.Amount)
	}
	r.Changed = false
}
