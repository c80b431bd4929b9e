package hq

import (
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
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
	of, err := survivor(tx, holder(c.grant.Subject))
	if err != nil {
		return 0, false, err
	}
	b, err := openBooks(tx, of)
	if err != nil {
		return 0, false, err
	}
	r := *c.grant.Right
	t, err := readTerminal(tx, r.Terminal)
	if err != nil {
		return 0, false, err
	}
	free, err := h.free(tx, b, balanceKey{r.Program, r.Unit}, &t, r.SpendUntil)
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
		err = b.touch(tx) // the authority looked away
	}
	if err != nil {
		return 0, false, err
	}
	return lost, true, dropClaim(tx, c)
}

// mayCome reports whether points for a right may still come: from a terminal
// that is to be heard, or from rights that are to be reclaimed again, once the
// clock is believed.
func (h *Headquarters) mayCome(tx *database.Tx, b *books, c *claimBack) (bool, error) {
	now := ledger.MillisOf(h.now())
	mark, err := readClock(tx)
	if err != nil || c.waits || !h.soundClock(mark, now) {
		return true, err
	}
	var due int
	err = tx.QueryRow(`
		SELECT count(*) FROM account_right
		WHERE account = $1 AND state = 'open' AND reclaim_at_ms <= $2`, b.holder, now).Scan(&due)
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
func (h *Headquarters) grantAgain(tx *database.Tx, b *books, c *claimBack, r ledger.Right) (err error) {
	if _, use := r.Unit.Use(); !use {
		r.Lots, err = b.lotsAgain(r)
	}
	if err != nil {
		return err
	}
	d := granting(&r)
	d.own(c.grant, c.signed.Body, b.holder)
	if err := b.fold(d, b.n+1); err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO own_entry (account, entry, body, signature)
		VALUES ($1, $2, $3, $4)`, b.holder, c.grant.ID, c.signed.Body, c.signed.Signature)
	if err != nil {
		return fmt.Errorf("write grant: %w", err)
	}
	_, err = tx.Exec(`
		INSERT INTO room (terminal, right_id, account, amount)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (terminal, right_id) DO UPDATE
		SET account = excluded.account, amount = excluded.amount`, r.Terminal, r.ID, b.holder, r.Amount)
	if err != nil {
		return fmt.Errorf("take room: %w", err)
	}
	return b.enter(tx, d, ledger.MillisOf(h.now()))
}

// lotsAgain draws a right's amount from the ledger's lots: first from those that it
// was drawn from. Lapsed ones are among them: what is set aside does not expire.
func (b *books) lotsAgain(r ledger.Right) (shares []ledger.LotShare, err error) {
	have, err := b.purse(balanceKey{r.Program, r.Unit})
	if err != nil {
		return nil, err
	}
	first := map[string]ledger.Points{} // what of each lot it was drawn from
	for _, was := range r.Lots {
		first[was.Lot] += was.Amount
	}
	free := slices.DeleteFunc(slices.Clone(have.Lots), func(l loyalty.Lot) bool { return l.Pending || l.Left == 0 })
	need := r.Amount
	taken := make([]ledger.Points, len(free))
	for i, lot := range free {
		taken[i] = min(need, lot.Left, first[lot.Name])
		need -= taken[i]
	}
	for i, lot := range free {
		more := min(need, lot.Left-taken[i])
		need -= more
		if part := taken[i] + more; part > 0 {
			shares = append(shares, ledger.LotShare{Lot: lot.Name, Amount: part})
		}
	}
	if need > 0 {
		return nil, errShort
	}
	return shares, nil
}
