package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Units vest and end with time, and rewards come by themselves once they can be
// paid for: each is an entry of headquarters' own, decided on its own date
// whenever it is looked at.

// mature does what has fallen due in accounts, and returns in how many. Accounts
// that changed are looked at too: they may pay for something now, and fall due at
// another time. As long as a restored headquarters waits, or the clock is not
// believed, nothing is due.
func (h *Headquarters) mature(ctx context.Context) (int, error) {
	matures := func(p *program) bool { return slices.ContainsFunc(p.versions, (*loyalty.Program).Matures) }
	if !slices.ContainsFunc(h.programs.Load().chain, matures) {
		return 0, nil
	}
	now := ledger.MillisOf(h.now())
	sound, err := h.markClock(ctx, now)
	if err != nil || !sound {
		return 0, err
	}
	if waits, err := h.waiting(ctx); err != nil || waits {
		return 0, err
	}
	var some []holder
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		some, err = readHolders(tx, `
			SELECT account FROM due WHERE at_ms <= $1
			UNION SELECT d.account FROM authority_dirty d
			LEFT JOIN matured m ON m.account = d.account
			WHERE m.version IS NULL OR m.version < d.version
			ORDER BY account
			LIMIT $2`, now, chunk)
		return err
	})
	if err != nil || len(some) == 0 {
		return 0, err
	}
	err = oneByOne(ctx, h, some, func(tx *database.Tx, of holder) error {
		if err := h.matureOne(tx, of, now); err != nil {
			return fmt.Errorf("look at what is due of %s: %w", of, err)
		}
		return nil
	})
	return len(some), err
}

func readHolders(tx *database.Tx, query string, args ...any) ([]holder, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	defer rows.Close()
	var all []holder
	for rows.Next() {
		var of holder
		if err := rows.Scan(&of); err != nil {
			return nil, fmt.Errorf("read accounts: %w", err)
		}
		all = append(all, of)
	}
	return all, rows.Err()
}

// matureOne does what is due of one account, in a transaction of its own: under
// each program of the chain, also one that no store has any more.
func (h *Headquarters) matureOne(tx *database.Tx, of holder, now ledger.Millis) error {
	b, err := openBooks(tx, of)
	if err != nil {
		return err
	}
	if to, err := survivor(tx, of); err != nil || to != of {
		return errors.Join(err, noteDue(tx, b, 0)) // what it has goes over
	}
	who, err := h.keys.profileOf(tx, of)
	if err != nil {
		return err
	}
	var next ledger.Millis // 0 where nothing is
	for _, p := range h.programs.Load().chain {
		at, due, err := h.matureUnder(tx, b, p, now, who)
		if err != nil {
			return fmt.Errorf("program %s: %w", p.id, err)
		}
		if due && (next == 0 || at < next) {
			next = at
		}
	}
	return noteDue(tx, b, next)
}

// matureUnder does what is due under one program, and returns when something is
// next.
func (h *Headquarters) matureUnder(tx *database.Tx, b *books, p *program, now ledger.Millis, who loyalty.Profile) (next ledger.Millis, due bool, err error) {
	a, err := b.account(p.id)
	if err != nil {
		return 0, false, err
	}
	m := loyalty.Moment{At: now}
	if m.Zone, err = zoneOfLane(tx, b, p.id); err != nil {
		return 0, false, err
	}
	a.State.Rows = b.n
	if a.Placed, err = placedUses(tx, b, p.on(m.Day()), m, ledger.TerminalID{}); err != nil {
		return 0, false, err
	}
	effects, err := p.pass(a, m, who)
	if err != nil {
		return 0, false, err
	}
	for i := range effects {
		a.take(&effects[i].Effect) // all is decided already: the first row saves it
	}
	for _, e := range effects {
		d := &decision{Program: p.id}
		d.do(a, e.Effect)
		if err := h.enterOwn(tx, b, e.entry(b.holder), d, now); err != nil {
			return 0, false, err
		}
	}
	next, due = a.Due(m.Zone)
	return next, due, nil
}

// passed is an effect and the version that it is of.
type passed struct {
	loyalty.Effect
	by *loyalty.Program
}

// pass does what is due of an account up to a moment. What was due before the
// version in force took effect is the earlier one's, whenever it is looked at.
func (p *program) pass(a *account, m loyalty.Moment, who loyalty.Profile) (effects []passed, err error) {
	add := func(some []loyalty.Effect, by *loyalty.Program) {
		for _, e := range some {
			effects = append(effects, passed{e, by})
		}
	}
	current := p.on(m.Day())
	then := m
	then.At = current.Begins(m.Zone) - 1
	if before := p.on(then.Day()); before != current && then.At < m.At {
		due, err := a.Pass(before, then, who)
		if err != nil {
			return nil, err
		}
		add(due, before)
	}
	for _, decide := range []func(*loyalty.Program, loyalty.Moment, loyalty.Profile) ([]loyalty.Effect, error){a.Pass, a.Issue} {
		due, err := decide(current, m, who)
		if err != nil {
			return nil, err
		}
		add(due, current)
	}
	return effects, nil
}

// entry is what the account decided by itself, as an entry of headquarters' own in
// a ledger.
func (effect passed) entry(of holder) *ledger.Entry {
	return &ledger.Entry{
		V: ledger.Version, ID: effect.Entry, Kind: effect.Kind, At: effect.At, Day: effect.Day,
		Subject: ledger.Subject(of), Program: new(effect.by.Ref()), Postings: effect.Postings(), Uses: usesOf(effect.Effect),
	}
}

func usesOf(effect loyalty.Effect) (uses []ledger.LimitUse) {
	for _, u := range effect.Uses {
		uses = append(uses, u.LimitUse)
	}
	return uses
}

// noteDue notes when something falls due next, 0 for never, and that the account
// was looked at as it is.
func noteDue(tx *database.Tx, b *books, at ledger.Millis) error {
	if err := saveDue(tx, b.holder, at); err != nil {
		return err
	}
	_, err := tx.Exec(`
		INSERT INTO matured (account, version) VALUES ($1, $2)
		ON CONFLICT (account) DO UPDATE SET version = excluded.version`, b.holder, b.version)
	if err != nil {
		return fmt.Errorf("note what is due: %w", err)
	}
	return nil
}

// zoneOfLane is the zone of the store where a member was served last under a
// program.
func zoneOfLane(tx *database.Tx, b *books, program string) (*time.Location, error) {
	lane, err := b.laneOf(program)
	if err != nil {
		return nil, err
	}
	if lane.IsZero() {
		return time.UTC, nil
	}
	return zoneOfTerminal(tx, lane)
}

// zoneOfTerminal is the zone of a terminal's store.
func zoneOfTerminal(tx *database.Tx, id ledger.TerminalID) (*time.Location, error) {
	t, err := readTerminal(tx, id)
	if err != nil {
		return nil, err
	}
	return zoneOf(tx, t.store)
}
