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
	t, err := hubOf(tx, store)
	if err == nil && t != nil {
		return fmt.Errorf("%w: %s", ErrHubTaken, t.ID)
	}
	return err
}

// hubOf is a store's hub, the last one enrolled; nil where it has none.
func hubOf(tx *database.Tx, store ledger.StoreID) (*records.Terminal, error) {
	var id ledger.TerminalID
	err := tx.QueryRow(`
		SELECT terminal FROM terminal
		WHERE store = $1 AND hub = 1 AND fenced_at_ms IS NULL
		ORDER BY enrolled_at_ms DESC, terminal DESC
		LIMIT 1`, store).Scan(&id)
	if err := records.OrNone(err); err != nil {
		return nil, fmt.Errorf("look for a hub: %w", err)
	}
	if id.IsZero() {
		return nil, nil
	}
	t, err := records.ReadTerminal(tx, id)
	return &t, err
}

// toHub makes the hub of a lane's store of the lane, where there is one that is
// heard of.
func (h *Headquarters) toHub(tx *database.Tx, t *records.Terminal, program string, now ledger.Millis) error {
	hub, err := hubOf(tx, t.Store)
	if err != nil || hub == nil || hub.Epoch == 0 || h.policy(program).silent(hub, now) {
		return err
	}
	*t = *hub
	return nil
}

// capOf is how much of a program's units may stand at a terminal: at a hub, what
// all lanes of its store may hold.
func (h *Headquarters) capOf(tx *database.Tx, id ledger.TerminalID, program string) (ledger.Points, error) {
	most := h.policy(program).PerTerminal
	t, err := records.ReadTerminal(tx, id)
	if err != nil || !t.Hub {
		return most, err
	}
	var lanes int64
	err = tx.QueryRow(`
		SELECT count(*) FROM terminal
		WHERE store = $1 AND hub = 0 AND fenced_at_ms IS NULL`, t.Store).Scan(&lanes)
	if err != nil {
		return 0, fmt.Errorf("count lanes: %w", err)
	}
	all, err := ledger.MulDivFloor(lanes, int64(most), 1)
	return ledger.Points(all), err
}
