package hq

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
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
		return fmt.Errorf("%w: %s", ErrHubTaken, t.id)
	}
	return err
}

// hubOf is a store's hub, the last one enrolled; nil where it has none.
func hubOf(tx *database.Tx, store ledger.StoreID) (*terminal, error) {
	var id ledger.TerminalID
	err := tx.QueryRow(`
		SELECT terminal FROM terminal
		WHERE store = $1 AND hub = 1 AND fenced_at_ms IS NULL
		ORDER BY enrolled_at_ms DESC, terminal DESC
		LIMIT 1`, store).Scan(&id)
	if err := orNone(err); err != nil {
		return nil, fmt.Errorf("look for a hub: %w", err)
	}
	if id.IsZero() {
		return nil, nil
	}
	t, err := readTerminal(tx, id)
	return &t, err
}

// toHub makes the hub of a lane's store of the lane, where there is one that is
// heard of.
func (h *Headquarters) toHub(tx *database.Tx, t *terminal, program string, now ledger.Millis) error {
	hub, err := hubOf(tx, t.store)
	if err != nil || hub == nil || hub.epoch == 0 || h.policy(program).silent(hub, now) {
		return err
	}
	*t = *hub
	return nil
}

// capOf is how much of a program's units may stand at a terminal: at a hub, what
// all lanes of its store may hold.
func (h *Headquarters) capOf(tx *database.Tx, id ledger.TerminalID, program string) (ledger.Points, error) {
	most := h.policy(program).PerTerminal
	t, err := readTerminal(tx, id)
	if err != nil || !t.hub {
		return most, err
	}
	var lanes int64
	err = tx.QueryRow(`
		SELECT count(*) FROM terminal
		WHERE store = $1 AND hub = 0 AND fenced_at_ms IS NULL`, t.store).Scan(&lanes)
	if err != nil {
		return 0, fmt.Errorf("count lanes: %w", err)
	}
	all, err := ledger.MulDivFloor(lanes, int64(most), 1)
	return ledger.Points(all), err
}

// hubKeys are those of the hubs that a store has had: what one signed before it was
// fenced stays signed.
func hubKeys(tx *database.Tx, store ledger.StoreID) (keys []ed25519.PublicKey, err error) {
	rows, err := tx.Query(`SELECT public_key FROM terminal WHERE store = $1 AND hub = 1`, store)
	if err != nil {
		return nil, fmt.Errorf("read hubs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("read hubs: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// readSplit reads a split that a hub of a store signed.
func readSplit(tx *database.Tx, store ledger.StoreID, signed ledger.SignedEntry) (e *ledger.Entry, err error) {
	keys, err := hubKeys(tx, store)
	if err != nil {
		return nil, err
	}
	bad := fmt.Errorf("%w: this store has no hub", ledger.ErrPart)
	for _, key := range keys {
		if e, bad = ledger.ReadSplit(signed, key); bad == nil {
			return e, nil
		}
	}
	return nil, &books.PassOver{Reason: bad.Error()}
}
