package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A restored headquarters forgot what came after its backup. The terminals
// still have it: each hands back the grants it has, then sends its entries
// again. A right is made again as soon as its account has the points; a spend
// that comes before waits for it (handedBack). Nothing is placed or reclaimed
// until every terminal is heard up to where its journal was then, or the wait
// is over; what is still short after that is loss.

// waiting reports whether a restored headquarters still waits for terminals.
func waiting(tx *sqlitedb.Tx) (bool, error) {
	var until ledger.Millis
	if err := tx.QueryRow(`SELECT waits_until_ms FROM chain`).Scan(&until); err != nil {
		return false, fmt.Errorf("read chain: %w", err)
	}
	return until > 0, nil
}

func (h *Headquarters) waiting(ctx context.Context) (yes bool, err error) {
	err = h.view(ctx, func(tx *sqlitedb.Tx) (err error) {
		yes, err = waiting(tx)
		return err
	})
	return yes, err
}

// claimBack is a right that was handed back.
type claimBack struct {
	grant  *ledger.Entry
	signed ledger.SignedEntry
	kept   ledger.Points
	waits  bool // points may still come
}

// recover makes rights again and ends the wait where it is over. It returns how
// much it did.
func (h *Headquarters) recover(ctx context.Context) (int, error) {
	heard, err := h.hear(ctx)
	if err != nil {
		return 0, err
	}
	var claims []*claimBack
	var todo []stretch
	err = h.view(ctx, func(tx *sqlitedb.Tx) (err error) {
		if claims, err = h.readClaims(tx); err != nil || len(claims) == 0 {
			return err
		}
		todo, err = readTodo(tx)
		return err
	})
	if err != nil || len(claims) == 0 {
		return heard, err
	}
	made, err := h.makeAgain(ctx, claims, false)
	if err == nil && made == 0 && len(todo) == 0 {
		made, err = h.makeAgain(ctx, claims, true)
	}
	if err != nil || made == 0 {
		return heard + made, err
	}
	_, err = h.retry(ctx) // spends that waited for them
	return heard + made, err
}

// hear takes from the list who has caught up, and ends the wait when nobody is
// left on it or it lasted long enough.
func (h *Headquarters) hear(ctx context.Context) (n int, err error) {
	var over bool
	now := ledger.MillisOf(h.now())
	var caughtUp []ledger.TerminalID
	err = h.view(ctx, func(tx *sqlitedb.Tx) (err error) {
		if caughtUp, err = readCaughtUp(tx); err != nil {
			return err
		}
		var left int
		var until, mark ledger.Millis
		err = tx.QueryRow(`SELECT waits_until_ms, clock_mark_ms, (SELECT count(*) FROM awaited) FROM chain`).
			Scan(&until, &mark, &left)
		over = until > 0 && (left == len(caughtUp) || now >= until && h.soundClock(mark, now))
		return err
	})
	if err != nil || len(caughtUp) == 0 && !over {
		return 0, err
	}
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		for _, id := range caughtUp {
			if _, err := tx.Exec(`DELETE FROM awaited WHERE terminal = $1`, id); err != nil {
				return err
			}
		}
		if !over {
			return nil
		}
		_, err := tx.Exec(`UPDATE chain SET waits_until_ms = 0`)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("note who was heard: %w", err)
	}
	for _, id := range caughtUp {
		h.notify(Event{What: EventHeard, Terminal: id})
	}
	if over {
		h.notify(Event{What: EventRecovered})
	}
	h.fed.raise() // their feed was held back
	return len(caughtUp) + 1, nil
}

// readCaughtUp returns the awaited terminals whose journals are here up to
// where they were when their rights were handed back, each entry looked at.
func readCaughtUp(tx *sqlitedb.Tx) ([]ledger.TerminalID, error) {
	rows, err := tx.Query(`
		SELECT a.terminal
		FROM awaited a
		LEFT JOIN projected p ON p.terminal = a.terminal AND p.epoch = a.epoch AND p.branch = a.branch
		WHERE a.handed_back = 1 AND coalesce(p.seq, 0) >= a.seq
		ORDER BY a.terminal`)
	if err != nil {
		return nil, fmt.Errorf("read awaited terminals: %w", err)
	}
	defer rows.Close()
	var ids []ledger.TerminalID
	for rows.Next() {
		var id ledger.TerminalID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read awaited terminals: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func (h *Headquarters) readClaims(tx *sqlitedb.Tx) ([]*claimBack, error) {
	all, err := waiting(tx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(`
		SELECT b.body, b.signature, b.kept, a.terminal IS NOT NULL
		FROM handed_back b
		LEFT JOIN awaited a ON a.terminal = b.terminal
		ORDER BY b.account, b.right_id`)
	if err != nil {
		return nil, fmt.Errorf("read rights handed back: %w", err)
	}
	defer rows.Close()
	var claims []*claimBack
	for rows.Next() {
		var c claimBack
		if err := rows.Scan(&c.signed.Body, &c.signed.Signature, &c.kept, &c.waits); err != nil {
			return nil, fmt.Errorf("read rights handed back: %w", err)
		}
		c.waits = c.waits || all
		if c.grant, err = h.ownGrant(c.signed); err != nil {
			return nil, fmt.Errorf("read rights handed back: %w", err)
		}
		claims = append(claims, &c)
	}
	return claims, rows.Err()
}

// makeAgain makes the rights whose points are here; with short also those for
// which none can come any more, as far as the points go.
func (h *Headquarters) makeAgain(ctx context.Context, claims []*claimBack, short bool) (made int, err error) {
	for _, c := range claims {
		var lost ledger.Points
		var done bool
		err := h.update(ctx, func(tx *sqlitedb.Tx) (err error) {
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
			h.notify(Event{What: EventShortfall, Terminal: c.grant.Right.Terminal, Right: c.grant.Right.ID,
				Account: string(c.grant.Subject), Amount: lost})
		}
	}
	return made, nil
}

func (h *Headquarters) makeOneAgain(tx *sqlitedb.Tx, c *claimBack, short bool) (lost ledger.Points, done bool, err error) {
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
	have, err := b.balance(balanceKey{r.Program, r.Unit})
	if err != nil {
		return 0, false, err
	}
	r.Amount = min(c.kept, have.available)
	if lost = c.kept - r.Amount; lost > 0 {
		if come, err := h.mayCome(tx, b, c); !short || come || err != nil {
			return 0, false, err
		}
	}
	if r.Amount > 0 {
		if err := h.grantAgain(tx, b, c, r); err != nil {
			return 0, false, err
		}
	}
	return lost, true, dropClaim(tx, c)
}

// mayCome reports whether points for a right may still come: from a terminal
// that is to be heard, or from rights that are to be reclaimed again, once the
// clock is believed.
func (h *Headquarters) mayCome(tx *sqlitedb.Tx, b *books, c *claimBack) (bool, error) {
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

func dropClaim(tx *sqlitedb.Tx, c *claimBack) error {
	_, err := tx.Exec(`DELETE FROM handed_back WHERE account = $1 AND right_id = $2`, c.grant.Subject, c.grant.Right.ID)
	return err
}

// grantAgain posts a grant as it was signed, with what is left of it. Its lots
// are those it was drawn from, as far as they have it, and then others.
func (h *Headquarters) grantAgain(tx *sqlitedb.Tx, b *books, c *claimBack, r ledger.Right) (err error) {
	if r.Lots, err = lotsAgain(tx, b.holder, r); err != nil {
		return err
	}
	p := ledger.Posting{Unit: r.Unit, Amount: r.Amount, From: ledger.Available, To: ledger.Escrow(r.ID), Right: r.ID}
	d := &decision{
		V: 1, Rules: rules, Entry: c.grant.ID, Kind: c.grant.Kind, Body: ledger.HashOf(c.signed.Body),
		Subject: c.grant.Subject, Account: b.holder, At: c.grant.At, Verdict: ledger.Posted,
		Program: r.Program, Grant: &r, Moves: []move{{p, r.Lots}},
	}
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

// lotsAgain draws a right's amount from the account's lots.
func lotsAgain(tx *sqlitedb.Tx, of holder, r ledger.Right) ([]ledger.LotShare, error) {
	free, err := freeLots(tx, of, r)
	if err != nil {
		return nil, err
	}
	first := map[string]ledger.Points{} // what of each lot it was drawn from
	for _, was := range r.Lots {
		first[was.Lot] += was.Amount
	}
	need := r.Amount
	taken := make([]ledger.Points, len(free))
	for i, lot := range free {
		taken[i] = min(need, lot.Amount, first[lot.Lot])
		need -= taken[i]
	}
	var shares []ledger.LotShare
	for i, lot := range free {
		more := min(need, lot.Amount-taken[i])
		need -= more
		if part := taken[i] + more; part > 0 {
			shares = append(shares, ledger.LotShare{Lot: lot.Lot, Amount: part})
		}
	}
	if need > 0 {
		return nil, errShort
	}
	return shares, nil
}

// freeLots returns what an account's lots have, soonest expiry first. Lapsed
// ones are among them: what is set aside does not expire.
func freeLots(tx *sqlitedb.Tx, of holder, r ledger.Right) ([]ledger.LotShare, error) {
	rows, err := tx.Query(`
		SELECT lot, rest
		FROM lot
		WHERE account = $1 AND program = $2 AND unit = $3 AND pending = 0 AND rest > 0
		ORDER BY CASE WHEN expires_at_ms = 0 THEN 1 ELSE 0 END, expires_at_ms, n, lot`, of, r.Program, r.Unit)
	if err != nil {
		return nil, fmt.Errorf("read lots: %w", err)
	}
	defer rows.Close()
	var free []ledger.LotShare
	for rows.Next() {
		var share ledger.LotShare
		if err := rows.Scan(&share.Lot, &share.Amount); err != nil {
			return nil, fmt.Errorf("read lots: %w", err)
		}
		free = append(free, share)
	}
	return free, rows.Err()
}

// GoOn ends the wait of a restored headquarters for terminals that do not come:
// an operator decided so. Their rights may be placed a second time: what they
// spent of them is loss when they come after all.
func (h *Headquarters) GoOn(ctx context.Context) error {
	err := h.update(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE chain SET waits_until_ms = 0`)
		return err
	})
	if err != nil {
		return fmt.Errorf("go on without waiting: %w", err)
	}
	h.intake.raise()
	return nil
}
