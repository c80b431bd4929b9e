package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// makeAgain makes the rights whose points are here; with short also those for
// which none can come any more, as far as the points go.
func (h *Headquarters) makeAgain(ctx context.Context, claims []*claimBack, short bool) (made int, err error) {
	for _, c := range claims {
		var lost ledger.Points
		var done bool
		err := h.update(ctx, func(tx *database.Tx) (err error) {
			lost, done, err = h.makeOneAgain(tx, c, short)
			return err
		})
		if err != nil {
			return made, fmt.Errorf("make right %s again: %w", c.grant.Right.ID, err)
		}
		if done {
			made++
		}
		if lost > 0 {
			h.notify(event.Event{What: event.Shortfall, Terminal: c.grant.Right.Terminal, Right: c.grant.Right.ID,
				Account: string(c.grant.Subject), Amount: lost})
		}
	}
	return made, nil
}

func (h *Headquarters) makeOneAgain(tx *database.Tx, c *claimBack, short bool) (lost ledger.Points, done bool, err error) {
	known, err := h.knowsRight(tx, c.grant)
	if err != nil {
		return 0, false, err
	}
	if known {
		return 0, true, dropClaim(tx, c)
	}
	of, err := records.Survivor(tx, books.Holder(c.grant.Subject))
	if err != nil {
		return 0, false, err
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return 0, false, err
	}
	r := *c.grant.Right
	t, err := records.ReadTerminal(tx, r.Terminal)
	if err != nil {
		return 0, false, err
	}
	free, err := h.free(tx, b, books.BalanceKey{Program: r.Program, Unit: r.Unit}, &t, r.SpendUntil)
	if err != nil {
		return 0, false, err
	}
	r.Amount = max(0, min(c.kept, free))
	if lost = c.kept - r.Amount; lost > 0 {
		if come, err := h.mayCome(tx, b, c); !short || come || err != nil {
			return 0, false, err
		}
	}
	if r.Amount > 0 {
		err = h.grantAgain(tx, b, c, r)
	} else {
		err = posting.TouchBooks(tx, b) // the authority looked away
	}
	if err != nil {
		return 0, false, err
	}
	return lost, true, dropClaim(tx, c)
}

// mayCome reports whether points for a right may still come: from a terminal
// that is to be heard, or from rights that are to be reclaimed again, once the
// clock is believed.
func (h *Headquarters) mayCome(tx *database.Tx, b *books.Books, c *claimBack) (bool, error) {
	now := ledger.MillisOf(h.now())
	mark, err := readClock(tx)
	if err != nil || c.waits || !h.soundClock(mark, now) {
		return true, err
	}
	var due int
	err = tx.QueryRow(`
		SELECT count(*) FROM account_right
		WHERE account = $1 AND state = 'open' AND reclaim_at_ms <= $2`, b.Holder, now).Scan(&due)
	if err != nil {
		return false, fmt.Errorf("read rights due: %w", err)
	}
	return due > 0, nil
}

func dropClaim(tx *database.Tx, c *claimBack) error {
	_, err := tx.Exec(`DELETE FROM handed_back WHERE account = $1 AND right_id = $2`, c.grant.Subject, c.grant.Right.ID)
	return err
}

// grantAgain posts a grant as it was signed, with what is left of it. Its lots
// are those it was drawn from, as far as they have it, and then others.
func (h *Headquarters) grantAgain(tx *database.Tx, b *books.Books, c *claimBack, r ledger.Right) (err error) {
	if _, use := r.Unit.Use(); !use {
		r.Lots, err = b.LotsAgain(r)
	}
	if err != nil {
		return err
	}
	d := books.Granting(&r)
	d.Own(c.grant, c.signed.Body, b.Holder)
	if err := b.Fold(d, b.N+1); err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO own_entry (account, entry, body, signature)
		VALUES ($1, $2, $3, $4)`, b.Holder, c.grant.ID, c.signed.Body, c.signed.Signature)
	if err != nil {
		return fmt.Errorf("write grant: %w", err)
	}
	_, err = tx.Exec(`
		INSERT INTO room (terminal, right_id, account, amount)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (terminal, right_id) DO UPDATE
		SET account = excluded.account, amount = excluded.amount`, r.Terminal, r.ID, b.Holder, r.Amount)
	if err != nil {
		return fmt.Errorf("take room: %w", err)
	}
	return posting.Enter(tx, b, d, ledger.MillisOf(h.now()))
}
