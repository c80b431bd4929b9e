package hq

import (
	"context"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// AcceptClock is ConfirmClock for a person: it returns the highest time seen
// until now and the one that is believed from now on.
func (h *Headquarters) AcceptClock(ctx context.Context) (seen, accepted ledger.Millis, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		seen, err = readClock(tx)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return seen, ledger.MillisOf(h.now()), h.ConfirmClock(ctx)
}
