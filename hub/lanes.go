package hub

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// askLanesEvery is how often headquarters is asked for the tills of the store, when
// one that is not known knocks.
const askLanesEvery = time.Second

// lanes keeps many who knock from asking at once.
type lanes struct {
	mu    sync.Mutex
	asked time.Time
}

// errUnknownLane says that headquarters did not name a terminal as one of the store.
var errUnknownLane = errors.New("this terminal is not of the hub's store, as far as the hub has heard of headquarters")

// keyOf finds a lane's key; of one that is not known headquarters is asked.
func (h *Hub) keyOf(ctx context.Context) func(ledger.TerminalID) (ed25519.PublicKey, error) {
	return func(id ledger.TerminalID) (ed25519.PublicKey, error) {
		key, err := h.knownKey(ctx, id)
		if !errors.Is(err, errUnknownLane) || !h.mayAsk() {
			return key, err
		}
		if err := h.LearnLanes(ctx); err != nil {
			return nil, errors.Join(errUnknownLane, err)
		}
		return h.knownKey(ctx, id)
	}
}

func (h *Hub) knownKey(ctx context.Context, id ledger.TerminalID) (key ed25519.PublicKey, err error) {
	err = h.db.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT public_key FROM lane WHERE terminal = ?`, id).Scan((*[]byte)(&key))
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errUnknownLane
	}
	return key, err
}

func (h *Hub) mayAsk() bool {
	h.lanes.mu.Lock()
	defer h.lanes.mu.Unlock()
	now := h.opts.Now()
	if now.Sub(h.lanes.asked).Abs() < askLanesEvery {
		return false
	}
	h.lanes.asked = now
	return true
}

// LearnLanes asks headquarters who the tills of the store are. One that it names no
// more, as after it was fenced, is not answered from then on.
func (h *Hub) LearnLanes(ctx context.Context) error {
	named, err := h.opts.Headquarters.Lanes(ctx)
	if err != nil {
		return err
	}
	taken := false
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(`UPDATE lane SET public_key = x''`); err != nil {
			return err
		}
		for _, lane := range named {
			_, err := tx.Exec(`
				INSERT INTO lane (terminal, name, public_key) VALUES (?1, ?2, ?3)
				ON CONFLICT (terminal) DO UPDATE SET name = ?2, public_key = ?3`, lane.Terminal, lane.Name, lane.PublicKey)
			if err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`DELETE FROM lane WHERE public_key = x''`); err != nil {
			return err
		}
		taken, err = takeBack(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep lanes: %w", err)
	}
	if taken {
		h.news.raise()
	}
	return nil
}
