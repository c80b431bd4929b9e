package hq

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A hub is a terminal that sells nothing: what its store's members may spend
// without asking stands at it, and it gives the lanes parts of that.

// ErrHubTaken says that a store has a hub: two would split what neither knows of
// the other.
var ErrHubTaken = errors.New("the store has a hub")

// IssueHubCode is IssueCode for the hub of a store, which has one at most: its
// error is ErrHubTaken where one stands that is not fenced.
func (h *Headquarters) IssueHubCode(ctx context.Context, store ledger.StoreID, name string, ttl time.Duration) (string, error) {
	return h.issueCode(ctx, enrollmentCode{store: store, name: name, hub: true}, ttl)
}

// noHub reports why a store gets no hub now; nil where it may.
func noHub(tx *database.Tx, store ledger.StoreID) error {
	t, err := records.HubOf(tx, store)
	if err == nil && t != nil {
		return fmt.Errorf("%w: %s", ErrHubTaken, t.ID)
	}
	return err
}
