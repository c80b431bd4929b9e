package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What waits for a sale is parked: a return by the sale's key, a confirm or claim
// by its entry. It holds up nobody, and is posted in the commit that posts the
// sale.

// isClaiming reports whether an entry asks for a sale that stands by itself.
func isClaiming(e *ledger.Entry) bool { return e != nil && e.Claiming != nil }

// parted takes confirms and claims out of items: they come after the rest, because their
// sales may be among it. It goes by what they are alone: where a transaction runs again,
// some may have been passed over in vain.
func parted(items []*books.Item) (rest, claims []*books.Item) {
	for _, it := range items {
		if isClaiming(it.Entry) {
			claims = append(claims, it)
		} else {
			rest = append(rest, it)
		}
	}
	return rest, claims
}

// inOrder takes out of claimed items what is to be posted after them: returns whose sale
// was not there yet, to be claimed again, and those whose sale was claimed and stands
// behind them here, or went over. The former is so where claims were committed by somebody
// who was stopped before he posted.
func inOrder(items []*books.Item) (first, early, behind []*books.Item) {
	coming := map[ledger.EntryID]bool{}
	for _, it := range items {
		if it.Passed == "" && it.Entry.Kind == ledger.Sold {
			coming[it.Entry.ID] = true
		}
	}
	for _, it := range items {
		switch {
		case it.Early:
			early = append(early, it)
		case it.Passed == "" && books.IsReturn(it.Entry) && (coming[it.Sale] || wentOver(it)):
			behind = append(behind, it)
		default:
			first = append(first, it)
		}
		if it.Passed == "" {
			delete(coming, it.Entry.ID)
		}
	}
	return first, early, behind
}

// wentOver reports whether a return is another's than its sale was: the sale was posted to
// whoever was thought to have it. It may stand among what is posted now, and what it gave
// has to go over before it can come back.
func wentOver(it *books.Item) bool { return it.SoldTo != "" && it.SoldTo != it.Holder }

// wake returns what is parked for sales among items that were just claimed.
func (h *Headquarters) wake(ctx context.Context, items []*books.Item) (woken []*books.Item, err error) {
	err = h.view(ctx, func(tx *database.Tx) error {
		if any, err := isAnyParked(tx); err != nil || !any {
			return err
		}
		for _, it := range items {
			places, err := awaiting(tx, it)
			if err != nil {
				return err
			}
			for _, at := range places {
				found, err := h.waitingAt(tx, at)
				if err := h.unlessStuck(at, err); err != nil {
					return err
				}
				woken = append(woken, found...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for what is parked: %w", err)
	}
	return woken, nil
}

// waitInVain is what is parked though its sale stands: whoever posts a sale posts what
// waits for it, unless he was stopped between the two.
const waitInVain = `
	SELECT p.terminal, p.epoch, p.branch, p.seq
	FROM parked p
	JOIN claim_sale s ON s.terminal = p.sale_terminal AND s.business_day_date = p.business_day_date AND s.sale_id = p.sale_id
	JOIN claim_entry e ON e.entry = s.entry
	JOIN ledger l ON l.account = e.account AND l.entry = e.entry
	UNION
	SELECT p.terminal, p.epoch, p.branch, p.seq
	FROM parked_claim p
	JOIN claim_entry e ON e.entry = p.sale
	JOIN ledger l ON l.account = e.account AND l.entry = e.entry
	ORDER BY 1, 2, 3, 4`

// retryParked posts what waits in vain.
func (h *Headquarters) retryParked(ctx context.Context) error {
	var places []ledger.Place
	err := h.view(ctx, func(tx *database.Tx) error {
		any, err := isAnyParked(tx)
		if err == nil && any {
			places, err = records.ReadPlacesOf(tx, waitInVain)
		}
		return err
	})
	for i := 0; err == nil && i < len(places); i++ {
		err = h.unlessStuck(places[i], h.retryParkedOne(ctx, places[i]))
	}
	if err != nil {
		return fmt.Errorf("retry what is parked: %w", err)
	}
	return nil
}

func (h *Headquarters) retryParkedOne(ctx context.Context, at ledger.Place) error {
	items, err := h.itemsAt(ctx, at)
	if err == nil {
		err = h.post(ctx, items)
	}
	if err != nil {
		return err
	}
	return h.update(ctx, func(tx *database.Tx) error { return h.unpark(tx, items) })
}

func isAnyParked(tx *database.Tx) (any bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM parked) OR EXISTS (SELECT 1 FROM parked_claim)`).Scan(&any)
	if err != nil {
		return false, fmt.Errorf("look for what is parked: %w", err)
	}
	return any, nil
}

// awaiting is what waits for an item, if it is a sale.
func awaiting(tx *database.Tx, it *books.Item) ([]ledger.Place, error) {
	if it.Passed != "" || it.Entry.Kind != ledger.Sold {
		return nil, nil
	}
	return parkedFor(tx, it)
}

// parkedFor finds what waits for a sale. One that is held has no return until it
// is released, and is nobody's to claim.
func parkedFor(tx *database.Tx, sale *books.Item) (places []ledger.Place, err error) {
	if !sale.Held {
		places, err = records.ReadPlacesOf(tx, `
			SELECT terminal, epoch, branch, seq
			FROM parked
			WHERE sale_terminal = $1 AND business_day_date = $2 AND sale_id = $3
			ORDER BY at_ms, terminal, epoch, branch, seq`, sale.Place.Terminal, sale.Entry.Day, sale.Entry.Sale.ID)
		if err != nil {
			return nil, err
		}
	}
	claims, err := records.ReadPlacesOf(tx, `
		SELECT terminal, epoch, branch, seq
		FROM parked_claim
		WHERE sale = $1
		ORDER BY at_ms, terminal, epoch, branch, seq`, sale.Entry.ID)
	return append(places, claims...), err
}

// park keeps an entry until its sale comes.
func (h *Headquarters) park(tx *database.Tx, it *books.Item) (err error) {
	p, now := it.Place, ledger.MillisOf(h.now())
	if isClaiming(it.Entry) {
		_, err = tx.Exec(`
			INSERT INTO parked_claim (sale, terminal, epoch, branch, seq, at_ms)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT DO NOTHING`,
			it.Entry.Claiming.Entry, p.Terminal, p.Epoch, p.Branch, p.Seq, now)
	} else {
		of := it.Entry.Return.Of
		_, err = tx.Exec(`
			INSERT INTO parked (sale_terminal, business_day_date, sale_id, terminal, epoch, branch, seq, at_ms)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT DO NOTHING`,
			of.Terminal, of.Day, of.ID, p.Terminal, p.Epoch, p.Branch, p.Seq, now)
	}
	if err != nil {
		return fmt.Errorf("park %s: %w", p, err)
	}
	return nil
}

// unpark takes away what waits no longer: posted, or passed over for another
// reason.
func (h *Headquarters) unpark(tx *database.Tx, woken []*books.Item) error {
	for _, it := range woken {
		if it.Parked {
			continue
		}
		p := it.Place
		for _, query := range []string{
			`DELETE FROM parked WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`,
			`DELETE FROM parked_claim WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`,
		} {
			waited, err := tx.Exec(query, p.Terminal, p.Epoch, p.Branch, p.Seq)
			if err == nil {
				err = countOnce(tx, it, waited)
			}
			if err != nil {
				return fmt.Errorf("unpark %s: %w", p, err)
			}
		}
	}
	return h.quarantine(tx, woken)
}
