package claims

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// resolveReturn finds the sale of a return by the sale's key, and whose ledger
// that was resolved to. The key names its winner; a return that names the entry
// of a sale which lost the key is that one's. Until it is there the return is
// parked.
//
// The sale of an account that became another's stays in its ledger, and its lots
// went over: so the return is the survivor's, unless it was posted before.
func resolveReturn(tx *database.Tx, e *ledger.Entry, before books.Holder) (books.Ruling, error) {
	of := e.Return.Of
	sale, err := records.ClaimedSale(tx, of)
	if err != nil {
		return books.Ruling{}, err
	}
	if !of.Entry.IsZero() && of.Entry != sale {
		lost, err := lostKey(tx, of)
		if err != nil {
			return books.Ruling{}, err
		}
		if !lost {
			return books.Ruling{Early: true}, nil
		}
		sale = of.Entry
	}
	r := books.Ruling{Sale: sale}
	if r.SoldTo, err = records.ResolvedTo(tx, sale); err != nil {
		return r, err
	}
	if r.Early = r.SoldTo == ""; r.Early {
		return r, nil
	}
	if r.Holder, err = records.Survivor(tx, r.SoldTo); err != nil || before == "" || before == r.Holder {
		return r, err
	}
	if at, err := records.Survivor(tx, before); err == nil && at == r.Holder {
		r.Holder = before // posted there before it became another's
	}
	return r, err
}

// lostKey reports whether an entry is a sale that came under this key too late.
func lostKey(tx *database.Tx, of ledger.SaleRef) (lost bool, err error) {
	err = tx.QueryRow(`
		SELECT count(*) > 0 FROM duplicate_sale
		WHERE entry = $1 AND terminal = $2 AND business_day_date = $3 AND sale_id = $4`,
		of.Entry, of.Terminal, of.Day, of.ID).Scan(&lost)
	if err != nil {
		return false, fmt.Errorf("look up sale: %w", err)
	}
	return lost, nil
}

func noteLostKey(tx *database.Tx, at ledger.TerminalID, e *ledger.Entry) error {
	_, err := tx.Exec(`
		INSERT INTO duplicate_sale (entry, terminal, business_day_date, sale_id)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (entry) DO NOTHING`, e.ID, at, e.Day, e.Sale.ID)
	if err != nil {
		return fmt.Errorf("note a sale that came twice: %w", err)
	}
	return nil
}
