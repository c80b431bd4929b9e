package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// holdAge is how long a hold stands against all others; older ones stay until
// another sale needs what they took.
const holdAge = 15 * time.Minute

// PlaceHold sets aside hold.Amount and hold.Uses of the account's rights here, as far
// as what it has covers them, those that lapse soonest first, of vouchers those on
// hold.Terms, all of it or nothing, and returns the hold with its parts. Refusing is a *loyalty.NoRedeem.
// Placing a hold of the same id again returns it. One that is the process's own is
// given back by the next Open.
func (s *Store) PlaceHold(ctx context.Context, hold ledger.Hold) (ledger.Hold, error) {
	if hold.ID.IsZero() || hold.Account.IsZero() || hold.Amount <= 0 {
		return ledger.Hold{}, errors.New("place hold: want an id, an account and an amount above zero")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var placed ledger.Hold
	var refusal *loyalty.NoRedeem
	err := s.write(ctx, func(p *pen) (err error) {
		// A refusal commits: rights seen past stay closed.
		placed, refusal, err = p.placeHold(ctx, hold)
		return err
	})
	if err != nil {
		return ledger.Hold{}, fmt.Errorf("place hold: %w", err)
	}
	if refusal != nil {
		return ledger.Hold{}, refusal
	}
	return placed, nil
}

func (p *pen) placeHold(ctx context.Context, hold ledger.Hold) (ledger.Hold, *loyalty.NoRedeem, error) {
	if known, err := readHold(p.tx, hold.ID); err == nil {
		if known.Sale != hold.Sale || known.Unit != hold.Unit || known.Amount != hold.Amount {
			return known, nil, fmt.Errorf("hold %s stands already for something else", hold.ID)
		}
		return known, nil, nil
	} else if !errors.Is(err, sql.ErrNoRows) {
		return ledger.Hold{}, nil, err
	}
	if refusal := p.exchange.refuses(p.now, p.store.bounds().maxOffline); refusal != nil {
		return ledger.Hold{}, refusal, nil
	}
	account, err := survivor(p.tx, hold.Account.String())
	if err != nil {
		return ledger.Hold{}, nil, err
	}
	at := p.exchange.clock.time(p.now)
	if err := p.closePast(at); err != nil {
		return ledger.Hold{}, nil, err
	}
	wants := []wanted{{account, hold.Program, ledger.Need{Unit: hold.Unit, Amount: hold.Amount}, hold.Terms, at}}
	for _, need := range hold.Uses {
		wants = append(wants, wanted{account, hold.Program, need, nil, at})
	}
	for _, w := range wants {
		shares, refusal, err := p.find(ctx, w)
		if refusal != nil || err != nil {
			return ledger.Hold{}, refusal, err
		}
		hold.Parts = append(hold.Parts, shares...)
	}
	used, err := exposure(p.tx, hold.Program, hold.Unit)
	if err != nil {
		return ledger.Hold{}, nil, err
	}
	if hold.Amount > p.store.bounds().perTerminal-used {
		return ledger.Hold{}, &loyalty.NoRedeem{Reason: loyalty.TerminalCap}, nil
	}
	return hold, nil, p.insertHold(hold, account, at)
}

// wanted is what a hold is to have of one unit of an account's rights.
type wanted struct {
	account, program string
	ledger.Need
	terms *ledger.LotTerms // of a voucher
	at    ledger.Millis
}

// lasts is until when a right must last for something of it to be set aside. A
// use is not spent past its end, as points are by a hold that was placed in time:
// by then it could be another period's, which another terminal gives.
func (w wanted) lasts() ledger.Millis {
	if _, use := w.Unit.Use(); use {
		return w.at.Add(holdAge)
	}
	return w.at
}

// find finds the rights that what is wanted comes from; old holds end where they
// have what it lacks.
func (p *pen) find(ctx context.Context, w wanted) ([]ledger.RightShare, *loyalty.NoRedeem, error) {
	open, err := p.coveredRights(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	if open.free < w.Amount {
		if err := p.takeOver(w, w.Amount-open.free); err != nil {
			return nil, nil, err
		}
		if open, err = p.coveredRights(ctx, w); err != nil {
			return nil, nil, err
		}
	}
	if open.free < w.Amount {
		return nil, &loyalty.NoRedeem{Reason: p.lacking(w), Unit: w.Unit}, nil
	}
	return share(open.rights, w.Amount), nil, nil
}

// lacking tells points that have lapsed here from points that never were. Of a
// use that has lapsed headquarters may give another.
func (p *pen) lacking(w wanted) loyalty.Reason {
	if _, use := w.Unit.Use(); use {
		return loyalty.NoUse
	}
	var past int
	err := p.tx.QueryRow(`
		SELECT 1
		FROM rights
		WHERE account = ? AND program = ? AND unit = ? AND closed = 'past' AND epoch = ?
			AND amount - spent - returned >= ?
		LIMIT 1`, w.account, w.program, w.Unit, p.head.Epoch, w.Amount).Scan(&past)
	if err != nil { // only the choice of words hangs on it
		return loyalty.NoRight
	}
	return loyalty.RightPast
}

// openShares are an account's open rights that have something free.
type openShares struct {
	rights []ledger.RightShare // soonest to lapse first
	free   ledger.Points
}

func (p *pen) openRights(w wanted) (open openShares, err error) {
	rows, err := p.tx.Query(`
		SELECT r.right_id, r.amount - r.spent - r.held - r.returned, coalesce(`+termsOf+`, '')
		FROM rights r
		WHERE r.account = ? AND r.program = ? AND r.unit = ? AND r.closed IS NULL AND r.recalled = 0 AND r.epoch = ?
			AND r.amount > r.spent + r.held + r.returned AND r.spend_until_ms >= ?
		ORDER BY r.spend_until_ms, r.right_id`, w.account, w.program, w.Unit, p.head.Epoch, w.lasts())
	if err != nil {
		return open, fmt.Errorf("read rights: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r := ledger.RightShare{Unit: w.Unit}
		var text string
		if err := rows.Scan(&r.Right, &r.Amount, &text); err != nil {
			return open, fmt.Errorf("read rights: %w", err)
		}
		terms, err := readTerms(text)
		if err != nil {
			return open, err
		}
		if !same(terms, w.terms) {
			continue // another voucher: it gives something else, or ends another day
		}
		open.rights = append(open.rights, r)
		if open.free, err = open.free.Add(r.Amount); err != nil {
			return open, err
		}
	}
	return open, rows.Err()
}

func same(a, b *ledger.LotTerms) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// share takes an amount from rights in their order; they have as much.
func share(rights []ledger.RightShare, amount ledger.Points) []ledger.RightShare {
	var parts []ledger.RightShare
	for _, r := range rights {
		if amount == 0 {
			break
		}
		r.Amount = min(r.Amount, amount)
		amount -= r.Amount
		parts = append(parts, r)
	}
	return parts
}

// takeOver ends the oldest holds on what is wanted that do not stand against all
// others any more, until as much as lacks is free.
func (p *pen) takeOver(w wanted, lacks ledger.Points) error {
	old, err := p.oldHolds(w)
	if err != nil {
		return err
	}
	for _, h := range old {
		if lacks <= 0 {
			return nil
		}
		lacks -= h.Holds(w.Unit)
		if err := p.dropHold(h); err != nil {
			return err
		}
	}
	return nil
}

func (p *pen) oldHolds(w wanted) ([]ledger.Hold, error) {
	old, err := readHolds(p.tx, `
		SELECT hold_id
		FROM hold h
		WHERE account = ? AND program = ? AND placed_at_ms < ?
			AND EXISTS (
				SELECT 1 FROM hold_part p JOIN rights r ON r.right_id = p.right_id
				WHERE p.hold_id = h.hold_id AND r.unit = ?)
		ORDER BY placed_at_ms`, w.account, w.program, w.at.Add(-holdAge), w.Unit)
	if err != nil {
		return nil, err
	}
	old = slices.DeleteFunc(old, func(h ledger.Hold) bool { return h.Unit == w.Unit && !same(h.Terms, w.terms) })
	return old, nil
}

func (p *pen) insertHold(hold ledger.Hold, account string, at ledger.Millis) error {
	_, err := p.tx.Exec(`
		INSERT INTO hold (hold_id, sale_id, account, program, unit, reward, amount, at_ms, placed_at_ms, own)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		hold.ID, hold.Sale, account, hold.Program, hold.Unit, hold.Reward, hold.Amount, hold.At, at, hold.Own)
	if err != nil {
		return fmt.Errorf("keep hold: %w", err)
	}
	for _, part := range hold.Parts {
		_, err := p.tx.Exec(`INSERT INTO hold_part (hold_id, right_id, amount) VALUES (?, ?, ?)`,
			hold.ID, part.Right, part.Amount)
		if err != nil {
			return fmt.Errorf("keep hold: %w", err)
		}
		_, err = p.tx.Exec(`UPDATE rights SET held = held + ? WHERE right_id = ?`, part.Amount, part.Right)
		if err != nil {
			return fmt.Errorf("hold right: %w", err)
		}
	}
	return nil
}

// dropHold ends a hold unspent: its parts are free again, or go back where
// headquarters has recalled their right.
func (p *pen) dropHold(hold ledger.Hold) error {
	if err := p.deleteHold(hold.ID); err != nil {
		return err
	}
	for _, part := range hold.Parts {
		_, err := p.tx.Exec(`UPDATE rights SET held = held - ? WHERE right_id = ?`, part.Amount, part.Right)
		if err != nil {
			return fmt.Errorf("free right: %w", err)
		}
		if err := p.giveBack(part.Right); err != nil {
			return err
		}
	}
	return nil
}

func (p *pen) deleteHold(id ledger.HoldID) error {
	if _, err := p.tx.Exec(`DELETE FROM hold WHERE hold_id = ?`, id); err != nil {
		return fmt.Errorf("end hold: %w", err)
	}
	return nil
}

// Hold returns a hold, or a *loyalty.NoRedeem with HoldGone.
func (s *Store) Hold(ctx context.Context, id ledger.HoldID) (hold ledger.Hold, err error) {
	err = s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		hold, err = readHold(tx, id)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return hold, &loyalty.NoRedeem{Reason: loyalty.HoldGone}
	}
	return hold, err
}

// Holding reports whether anything is held for a customer who may still pay.
func (s *Store) Holding(ctx context.Context) (fresh bool, err error) {
	since := s.gate.Load().clock.surely(s.opts.Now()).Add(-holdAge)
	err = s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM hold WHERE placed_at_ms >= ?)`, since).Scan(&fresh)
	})
	if err != nil {
		return false, fmt.Errorf("look for holds: %w", err)
	}
	return fresh, nil
}

// ReleaseHold gives back what a hold set aside. Releasing one that is gone is
// nil.
func (s *Store) ReleaseHold(ctx context.Context, id ledger.HoldID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(ctx, func(p *pen) error {
		hold, err := readHold(p.tx, id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return p.dropHold(hold)
	})
}

// readHold gives a hold with its parts, or sql.ErrNoRows.
func readHold(tx *sqlitedb.Tx, id ledger.HoldID) (hold ledger.Hold, err error) {
	hold.ID = id
	err = tx.QueryRow(`
		SELECT sale_id, account, program, unit, reward, amount, at_ms
		FROM hold
		WHERE hold_id = ?`, id).
		Scan(&hold.Sale, &hold.Account, &hold.Program, &hold.Unit, &hold.Reward, &hold.Amount, &hold.At)
	if err != nil {
		return hold, fmt.Errorf("read hold: %w", err)
	}
	rows, err := tx.Query(`
		SELECT p.right_id, r.unit, p.amount, coalesce(`+termsOf+`, '')
		FROM hold_part p JOIN rights r ON r.right_id = p.right_id
		WHERE p.hold_id = ?
		ORDER BY r.unit <> ?, r.unit, r.spend_until_ms, p.right_id`, id, hold.Unit)
	if err != nil {
		return hold, fmt.Errorf("read hold: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var part ledger.RightShare
		var terms string
		if err := rows.Scan(&part.Right, &part.Unit, &part.Amount, &terms); err != nil {
			return hold, fmt.Errorf("read hold: %w", err)
		}
		if part.Unit == hold.Unit {
			if hold.Terms, err = readTerms(terms); err != nil {
				return hold, err
			}
		}
		hold.Parts = append(hold.Parts, part)
	}
	return hold, rows.Err()
}
