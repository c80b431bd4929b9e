package hq

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// zoneOf is the time zone in which a store's days begin.
func zoneOf(tx *database.Tx, store ledger.StoreID) (*time.Location, error) {
	var name string
	err := tx.QueryRow(`SELECT time_zone FROM store WHERE store = $1`, store).Scan(&name)
	if err := orNone(err); err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("store %q: %w", string(store), err)
	}
	return zone, nil
}
