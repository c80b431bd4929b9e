package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// ageEvery is how often who left a store's working set by age is looked for.
	ageEvery = time.Hour
	// agedAtOnce bounds what is told anew of a store at once: nobody waits for it.
	agedAtOnce = 500
)

// age has accounts told anew that nobody of a store met for as long as they would
// belong to its working set: what its tills need not know any more leaves its feed
// and their disks. The account is marked before the feed's row is let go, so whatever
// is cut short is done again.
func (h *Headquarters) age(ctx context.Context) (aged int, err error) {
	now := h.time()
	if now < h.aged.Add(ageEvery) {
		return 0, nil
	}
	var stores []records.Store
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		stores, err = records.ReadStores(tx, h.keys)
		return err
	})
	for i := 0; err == nil && i < len(stores); i++ {
		var n int
		n, err = h.ageStore(ctx, stores[i].ID, now)
		aged += n
	}
	if err != nil {
		return aged, fmt.Errorf("look for members whom nobody met: %w", err)
	}
	if aged == 0 {
		h.aged = now
	}
	return aged, nil
}

func (h *Headquarters) ageStore(ctx context.Context, store ledger.StoreID, now ledger.Millis) (int, error) {
	var accounts []books.Holder
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		accounts, err = records.ReadHolders(tx, `
			SELECT key
			FROM feed
			WHERE store = $1 AND whole_until_ms <= $2
			ORDER BY whole_until_ms
			LIMIT $3`, store, now, agedAtOnce)
		return err
	})
	if err != nil || len(accounts) == 0 {
		return 0, err
	}
	if err := oneByOne(ctx, h, accounts, feedAgain); err != nil {
		return 0, err
	}
	return len(accounts), h.update(ctx, func(tx *database.Tx) error {
		for _, id := range accounts {
			_, err := tx.Exec(`
				UPDATE feed SET whole_until_ms = NULL
				WHERE store = $1 AND kind = 'account' AND key = $2 AND whole_until_ms <= $3`, store, id, now)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// feedAgain has an account told where what a store is to know of it changed, and
// nothing of the account. The feeder runs after it and not beside it.
func feedAgain(tx *database.Tx, id books.Holder) error {
	_, err := tx.Exec(`
		INSERT INTO feed_dirty (account, version, since_n)
		SELECT account, version, n + 1
		FROM account
		WHERE account = $1
		ON CONFLICT (account) DO NOTHING`, id)
	if err != nil {
		return fmt.Errorf("mark account for the feed: %w", err)
	}
	return nil
}
