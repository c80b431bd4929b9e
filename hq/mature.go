package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
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
	matures := func(p *publication.Program) bool { return slices.ContainsFunc(p.Versions, (*loyalty.Program).Matures) }
	if !slices.ContainsFunc(h.programs.Load().Chain, matures) {
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
	var due, changed []books.Holder
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		due, err = nextOf(h, toMature, func(behind int) ([]books.Holder, error) { return readDue(tx, now, behind) })
		if err == nil {
			changed, err = readChanged(tx)
		}
		return err
	})
	if err != nil || len(due)+len(changed) == 0 {
		return 0, err
	}
	some := slices.Concat(due, changed)
	slices.Sort(some)
	some = slices.Compact(some)
	look := func(tx *database.Tx, of books.Holder) error { return h.matureOne(tx, of, now) }
	gone := len(due)
	done, err := eachForItself(ctx, h, some, look, func(of books.Holder, err error) {
		h.leftUndone("mature", of, err)
		if slices.Contains(due, of) {
			gone--
		}
	})
	if err != nil {
		return done, fmt.Errorf("look at what is due: %w", err)
	}
	h.looked(toMature, len(due), gone)
	return done, nil
}

// readDue returns accounts in which something fell due, behind the first of them: so many
// that nothing is read of a million which wait.
func readDue(tx *database.Tx, now ledger.Millis, behind int) ([]books.Holder, error) {
	return records.ReadHolders(tx, `SELECT account FROM due WHERE at_ms <= $1 ORDER BY at_ms LIMIT $2 OFFSET $3`, now, chunk, behind)
}

// readChanged returns accounts that changed since they were looked at, as many. Whatever
// comes of that, the authority takes their marks.
func readChanged(tx *database.Tx) ([]books.Holder, error) {
	return records.ReadHolders(tx, `
		SELECT d.account FROM authority_dirty d
		LEFT JOIN matured m ON m.account = d.account
		WHERE m.version IS NULL OR m.version < d.version
		ORDER BY d.account
		LIMIT $1`, chunk)
}

// matureOne does what is due of one account, in a transaction of its own: under
// each program of the chain, also one that no store has any more.
func (h *Headquarters) matureOne(tx *database.Tx, of books.Holder, now ledger.Millis) error {
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return err
	}
	if to, err := records.Survivor(tx, of); err != nil || to != of {
		return errors.Join(err, noteDue(tx, b, 0)) // what it has goes over
	}
	if nobodys, err := records.IsNobodys(tx, of); err != nil || nobodys {
		return errors.Join(err, noteDue(tx, b, 0)) // what it has ends
	}
	who, err := records.ProfileOf(tx, h.keys, of)
	if err != nil {
		return err
	}
	var next ledger.Millis // 0 where nothing is
	for _, p := range h.programs.Load().Chain {
		at, due, err := h.matureUnder(tx, b, p, now, who)
		if err != nil {
			return fmt.Errorf("program %s: %w", p.ID, err)
		}
		if due && (next == 0 || at < next) {
			next = at
		}
	}
	return noteDue(tx, b, next)
}

// matureUnder does what is due under one program, and returns when something is
// next.
func (h *Headquarters) matureUnder(tx *database.Tx, b *books.Books, p *publication.Program, now ledger.Millis, who loyalty.Profile) (next ledger.Millis, due bool, err error) {
	a, err := b.Account(p.ID)
	if err != nil {
		return 0, false, err
	}
	m := loyalty.Moment{At: now}
	if m.Zone, err = records.ZoneOfLane(tx, b, p.ID); err != nil {
		return 0, false, err
	}
	a.State.Rows = b.N
	if a.Placed, err = records.PlacedUses(tx, b, p.On(m.Day()), m, ledger.TerminalID{}); err != nil {
		return 0, false, err
	}
	effects, err := p.Pass(a, m, who)
	if err != nil {
		return 0, false, err
	}
	for i := range effects {
		a.Take(&effects[i].Effect) // all is decided already: the first row saves it
	}
	for _, e := range effects {
		d := &books.Decision{Program: p.ID}
		d.Do(a, e.Effect)
		if err := posting.EnterOwn(tx, h.keys, b, e.OwnEntry(b.Holder), d, now); err != nil {
			return 0, false, err
		}
	}
	next, due = a.Due(m.Zone)
	return next, due, nil
}

// noteDue notes when something falls due next, 0 for never, and that the account
// was looked at as it is.
func noteDue(tx *database.Tx, b *books.Books, at ledger.Millis) error {
	if err := records.SaveDue(tx, b.Holder, at); err != nil {
		return err
	}
	_, err := tx.Exec(`
		INSERT INTO matured (account, version) VALUES ($1, $2)
		ON CONFLICT (account) DO UPDATE SET version = excluded.version`, b.Holder, b.Version)
	if err != nil {
		return fmt.Errorf("note what is due: %w", err)
	}
	return nil
}
