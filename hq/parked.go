package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// resolveReturn finds the sale of a return by the sale's key, and whose ledger
// that was resolved to. The key names its winner; a return that names the entry
// of a sale which lost the key is that one's. Until it is there the return is
// parked.
func resolveReturn(tx *sqlitedb.Tx, of ledger.SaleRef) (ruling, error) {
	sale, err := claimedSale(tx, of)
	if err != nil {
		return ruling{}, err
	}
	if !of.Entry.IsZero() && of.Entry != sale {
		lost, err := lostKey(tx, of)
		if err != nil {
			return ruling{}, err
		}
		if !lost {
			return ruling{early: true}, nil
		}
		sale = of.Entry
	}
	r := ruling{sale: sale}
	err = tx.QueryRow(`SELECT coalesce(account, '') FROM claim_entry WHERE entry = $1`, sale).Scan(&r.holder)
	if err := orNone(err); err != nil {
		return r, fmt.Errorf("look up sale: %w", err)
	}
	r.early = r.holder == ""
	return r, nil
}

// claimedSale returns the entry that has a sale's key; zero where none has.
func claimedSale(tx *sqlitedb.Tx, of ledger.SaleRef) (sale ledger.EntryID, err error) {
	err = tx.QueryRow(`
		SELECT entry FROM claim_sale
		WHERE terminal = $1 AND business_day_date = $2 AND sale_id = $3`, of.Terminal, of.Day, of.ID).Scan(&sale)
	if err := orNone(err); err != nil {
		return sale, fmt.Errorf("look up sale: %w", err)
	}
	return sale, nil
}

// lostKey reports whether an entry is a sale that came under this key too late.
func lostKey(tx *sqlitedb.Tx, of ledger.SaleRef) (lost bool, err error) {
	err = tx.QueryRow(`
		SELECT count(*) > 0 FROM duplicate_sale
		WHERE entry = $1 AND terminal = $2 AND business_day_date = $3 AND sale_id = $4`,
		of.Entry, of.Terminal, of.Day, of.ID).Scan(&lost)
	if err != nil {
		return false, fmt.Errorf("look up sale: %w", err)
	}
	return lost, nil
}

func noteLostKey(tx *sqlitedb.Tx, at ledger.TerminalID, e *ledger.Entry) error {
	_, err := tx.Exec(`
		INSERT INTO duplicate_sale (entry, terminal, business_day_date, sale_id)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (entry) DO NOTHING`, e.ID, at, e.Day, e.Sale.ID)
	if err != nil {
		return fmt.Errorf("note a sale that came twice: %w", err)
	}
	return nil
}

// wake returns the parked returns whose sales are among items that were just
// claimed.
func (h *Headquarters) wake(ctx context.Context, items []*item) (woken []*item, err error) {
	err = h.view(ctx, func(tx *sqlitedb.Tx) error {
		var any bool
		if err := tx.QueryRow(`SELECT count(*) > 0 FROM (SELECT 1 FROM parked LIMIT 1) p`).Scan(&any); err != nil || !any {
			return err
		}
		for _, it := range items {
			if it.passed != "" || it.held || it.entry.Kind != ledger.Sold {
				continue
			}
			places, err := parkedFor(tx, it)
			if err != nil {
				return err
			}
			for _, at := range places {
				found, err := h.read(tx, stretch{terminal: at.Terminal, epoch: at.Epoch, branch: at.Branch, done: at.Seq - 1}, 1)
				if err != nil {
					return err
				}
				woken = append(woken, found...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for parked returns: %w", err)
	}
	return woken, nil
}

func parkedFor(tx *sqlitedb.Tx, sale *item) ([]ledger.Place, error) {
	return readPlacesOf(tx, `
		SELECT terminal, epoch, branch, seq
		FROM parked
		WHERE sale_terminal = $1 AND business_day_date = $2 AND sale_id = $3
		ORDER BY at_ms, terminal, epoch, branch, seq`, sale.place.Terminal, sale.entry.Day, sale.entry.Sale.ID)
}

// park keeps a return until its sale comes. It holds up nobody.
func (h *Headquarters) park(tx *sqlitedb.Tx, it *item) error {
	if isClaiming(it.entry) {
		return h.parkClaim(tx, it)
	}
	of, p := it.entry.Return.Of, it.place
	_, err := tx.Exec(`
		INSERT INTO parked (sale_terminal, business_day_date, sale_id, terminal, epoch, branch, seq, at_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`,
		of.Terminal, of.Day, of.ID, p.Terminal, p.Epoch, p.Branch, p.Seq, ledger.MillisOf(h.now()))
	if err != nil {
		return fmt.Errorf("park return: %w", err)
	}
	return nil
}

// unpark takes away those that wait no longer: posted, or passed over for
// another reason.
func (h *Headquarters) unpark(tx *sqlitedb.Tx, woken []*item) error {
	for _, it := range woken {
		if it.parked {
			continue
		}
		p := it.place
		_, err := tx.Exec(`DELETE FROM parked WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`,
			p.Terminal, p.Epoch, p.Branch, p.Seq)
		if err != nil {
			return fmt.Errorf("unpark return: %w", err)
		}
	}
	return h.quarantine(tx, woken)
}
