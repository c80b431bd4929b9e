package hq

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ErrRotating says that a key waits already to follow the one that signs.
var ErrRotating = errors.New("the key has a successor already")

// MaxOverlap bounds how long a key may still sign once its successor is announced.
const MaxOverlap = 365 * 24 * time.Hour

// RotateKey makes a successor of the signing key and announces it to terminals,
// signed by both. The present key signs for as long as overlap says, then the
// successor alone. The key file has both before anybody hears of it; each other
// process on the database needs that file before the overlap ends.
func (h *Headquarters) RotateKey(ctx context.Context, overlap time.Duration) (KeyState, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return KeyState{}, fmt.Errorf("rotate key: an overlap of %s: want 0 to %s", overlap, MaxOverlap)
	}
	ctx, end, err := h.turn(ctx) // one process rotates at a time
	if err != nil {
		return KeyState{}, fmt.Errorf("rotate key: %w", err)
	}
	defer end()
	if err := h.rotate(ctx, overlap); err != nil {
		return KeyState{}, fmt.Errorf("rotate key: %w", err)
	}
	h.fed.raise() // whoever waits for the feed hears of it
	return h.KeyState(ctx)
}

func (h *Headquarters) rotate(ctx context.Context, overlap time.Duration) error {
	if err := h.settleKeys(ctx); err != nil {
		return err
	}
	held := h.keys.Held()
	if held.Next != nil {
		return fmt.Errorf("%w: %s follows at %s", ErrRotating, ledger.KeyID(held.Next.Signer.Public()), held.Next.From.Time().Format(time.RFC3339))
	}
	grown, err := held.WithSuccessor(h.chain.id, h.time(), overlap)
	if err != nil {
		return err
	}
	if err := h.writeKeys(grown); err != nil {
		return err
	}
	return h.settleKeys(ctx)
}

// writeKeys has the key file say what is held for signing, and goes by it. Nobody takes
// a key out of the file in between, by what was held before.
func (h *Headquarters) writeKeys(grown *keyring.Signing) error {
	h.keyFile.Lock()
	defer h.keyFile.Unlock()
	if err := keyring.Write(h.dir, grown); err != nil {
		return err
	}
	return h.keys.ReadSigning(h.dir)
}

// settleKeys takes over what the key file says of signing, and has the database
// and the file say the same. A file that lacks a key that another process
// announced is refused as a *keyring.FileError.
func (h *Headquarters) settleKeys(ctx context.Context) error {
	if err := h.keys.ReadSigning(h.dir); err != nil {
		return err
	}
	err := h.update(ctx, func(tx *database.Tx) error {
		announced, err := readSuccessions(tx)
		if err != nil {
			return err
		}
		if lacks := keyring.Missing(h.keys.Line(), announced); lacks != nil {
			return keyring.OlderKeys(*lacks)
		}
		return h.noteSuccessions(tx)
	})
	if err != nil {
		return err
	}
	return h.forgetRetired()
}

// followKeys keeps up with a rotation at another process. Until its key signs,
// the one here still does, and people are told to bring the key file; then this
// process may answer nobody any more.
func (h *Headquarters) followKeys(ctx context.Context) error {
	var announced []ledger.SignedSuccession
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		announced, err = readSuccessions(tx)
		return err
	})
	if err != nil || keyring.Missing(h.keys.Line(), announced) == nil {
		return err
	}
	if err := h.keys.ReadSigning(h.dir); err != nil {
		return err
	}
	lacks := keyring.Missing(h.keys.Line(), announced)
	switch {
	case lacks == nil:
		h.fed.raise()
		return nil
	case h.time() >= lacks.Until:
		return keyring.OlderKeys(*lacks)
	case h.keysTold != ledger.KeyID(lacks.New):
		h.keysTold = ledger.KeyID(lacks.New)
		h.notify(event.Event{What: event.KeyFile, Reason: keyring.OlderKeys(*lacks).Error()})
	}
	return nil
}
