package hq

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// KeyState is how headquarters' signing key stands.
type KeyState struct {
	KeyID       string `json:"key_id"`
	Fingerprint string `json:"fingerprint"`
	// Next signs from NextFrom on; empty where none is announced.
	Next            string        `json:"next_key_id,omitempty"`
	NextFingerprint string        `json:"next_fingerprint,omitempty"`
	NextFrom        ledger.Millis `json:"next_from_ms,omitempty"`
	// Unaware counts the terminals, of those not fenced, that have not said that
	// they know the newest key.
	Unaware   int           `json:"unaware"`
	Terminals int           `json:"terminals"`
	Retired   []RetiredKey  `json:"retired,omitempty"` // oldest first
	AsOf      ledger.Millis `json:"as_of_ms"`
}

// RetiredKey is one that signed until a time; what it signed holds.
type RetiredKey struct {
	KeyID       string        `json:"key_id"`
	Fingerprint string        `json:"fingerprint"`
	Until       ledger.Millis `json:"until_ms"`
}

// KeyState tells of the signing key, those before it and the one to follow.
func (r *reading) KeyState(ctx context.Context) (KeyState, error) {
	held := r.keys.Held()
	state := KeyState{
		KeyID: ledger.KeyID(held.Signer.Public()), Fingerprint: ledger.Fingerprint(held.Signer.Public()), AsOf: ledger.MillisOf(r.now()),
	}
	for _, link := range held.Line.Links() {
		if held.Next != nil && held.Next.Signer.Public().Equal(ed25519.PublicKey(link.New)) {
			state.Next, state.NextFingerprint, state.NextFrom = ledger.KeyID(link.New), ledger.Fingerprint(link.New), link.Until
		} else {
			state.Retired = append(state.Retired, RetiredKey{ledger.KeyID(link.Old), ledger.Fingerprint(link.Old), link.Until})
		}
	}
	newest := ledger.KeyID(held.Line.Newest())
	err := r.view(ctx, func(tx *database.Tx) error {
		return tx.QueryRow(`
			SELECT count(*), coalesce(sum(CASE WHEN key_id <> $1 THEN 1 ELSE 0 END), 0)
			FROM terminal
			WHERE fenced_at_ms IS NULL`, newest).Scan(&state.Terminals, &state.Unaware)
	})
	if err != nil {
		return KeyState{}, fmt.Errorf("read state of the key: %w", err)
	}
	return state, nil
}

// PublicKey returns the key that headquarters signs with now, which a terminal
// that is enrolled now pins.
func (r *reading) PublicKey() ed25519.PublicKey { return r.keys.Public() }

// HasKey reports whether a key is this headquarters', or was, or will be.
func (r *reading) HasKey(key ed25519.PublicKey) bool { return r.keys.Line().Has(key) }

// serveKeys tells anybody which keys followed which.
func (h *Headquarters) serveKeys(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r, "", wire.Keys{Keys: h.keys.Successions()}, nil)
}
