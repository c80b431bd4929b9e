package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// replacedReason is why a terminal is fenced whose machine is gone.
const replacedReason = "replaced by another machine"

// ReplaceTerminal shuts a terminal's id out for ever, as after a fork, and returns
// the secret of a one-time code by which another machine takes its place: a new
// terminal of the same store and name. The rights of the old one are taken back
// after their grace as ever; what it wrote and still comes is held until it is
// released. A restored headquarters waits for it no longer. One that is fenced
// already gets a code too. Its errors are ErrNotFound, and ErrNameTaken where
// another has taken its place.
func (h *Headquarters) ReplaceTerminal(ctx context.Context, id ledger.TerminalID, ttl time.Duration) (secret string, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	secret = newSecret()
	err = h.update(ctx, func(tx *database.Tx) error {
		t, err := records.ReadTerminal(tx, id)
		if err != nil {
			return err
		}
		var name string
		if err := tx.QueryRow(`SELECT name FROM terminal WHERE terminal = $1`, id).Scan(&name); err != nil {
			return err
		}
		now := ledger.MillisOf(h.now())
		if err := records.Fence(tx, &t, replacedReason, now); err != nil {
			return err
		}
		if err := nameFree(tx, t.Store, name); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM awaited WHERE terminal = $1`, id); err != nil {
			return err
		}
		return addCode(tx, enrollmentCode{
			hash: ledger.HashOf([]byte(secret)), store: t.Store, name: name, hub: t.Hub, terminal: ledger.TerminalID(uuid.Must(uuid.NewV7())),
		}, now.Add(ttl))
	})
	if err != nil {
		return "", fmt.Errorf("replace terminal: %w", err)
	}
	h.intake.raise() // whoever was waited for
	return secret, nil
}

// fencingOf says why a terminal is fenced, and who has its name since.
func fencingOf(tx *database.Tx, t *records.Terminal) (*wire.Fencing, error) {
	var f wire.Fencing
	var reason, name string
	err := tx.QueryRow(`SELECT fenced_at_ms, fence_reason, name FROM terminal WHERE terminal = $1`, t.ID).Scan(&f.At, &reason, &name)
	if f.Replaced = reason == replacedReason; err != nil || !f.Replaced {
		return &f, err
	}
	err = tx.QueryRow(`
		SELECT terminal
		FROM terminal
		WHERE store = $1 AND name = $2 AND terminal <> $3 AND enrolled_at_ms >= $4
		ORDER BY enrolled_at_ms DESC, terminal DESC
		LIMIT 1`, t.Store, name, t.ID, f.At).Scan(&f.By)
	return &f, records.OrNone(err)
}
