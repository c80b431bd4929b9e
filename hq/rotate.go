package hq

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
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
	end, err := h.turn(ctx) // one process rotates at a time
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
	held := h.keys.signers.current()
	if held.next != nil {
		return fmt.Errorf("%w: %s follows at %s", ErrRotating, ledger.KeyID(held.next.signer.Public()), held.next.from.Time().Format(time.RFC3339))
	}
	grown, err := h.withSuccessor(held, overlap)
	if err != nil {
		return err
	}
	if err := h.writeSigning(grown); err != nil {
		return err
	}
	return h.settleKeys(ctx)
}

// withSuccessor is what is held once a new key is to follow.
func (h *Headquarters) withSuccessor(held *signing, overlap time.Duration) (*signing, error) {
	now := h.time()
	next := &successor{keys.NewSigner(), keys.NewSecret(keys.NewDataKey().Reveal()), now.Add(overlap)}
	signed, err := ledger.SignSuccession(h.chain.id, held.signer.Private(), next.signer.Private(), now, next.from)
	if err != nil {
		return nil, err
	}
	line, grew := held.line.Learn([]ledger.SignedSuccession{signed})
	if !grew {
		return nil, errors.New("the line of keys takes no more")
	}
	return &signing{signer: held.signer, session: held.session, next: next, line: line}, nil
}

// settleKeys takes over what the key file says of signing, and has the database
// and the file say the same. A file that lacks a key that another process
// announced is refused as a *KeyFileError.
func (h *Headquarters) settleKeys(ctx context.Context) error {
	if err := h.readSigning(); err != nil {
		return err
	}
	err := h.update(ctx, func(tx *database.Tx) error {
		announced, err := readSuccessions(tx)
		if err != nil {
			return err
		}
		if lacks := missing(h.keys.line(), announced); lacks != nil {
			return olderKeys(*lacks)
		}
		return h.noteSuccessions(tx)
	})
	if err != nil {
		return err
	}
	return h.forgetRetired()
}

// readSigning reads the file's signing keys anew, unless what is held came after
// what it says.
func (h *Headquarters) readSigning() error {
	file, err := readKeyFile(h.dir)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(h.dir, keyName), err)
	}
	found, err := file.signing()
	if err != nil || file.Chain != h.keys.chain {
		return unsoundKeys(h.dir)
	}
	if held := h.keys.signers.current(); len(found.line.Links()) > len(held.line.Links()) {
		h.keys.signers.all.CompareAndSwap(held, found)
	}
	return nil
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
	if err != nil || missing(h.keys.line(), announced) == nil {
		return err
	}
	if err := h.readSigning(); err != nil {
		return err
	}
	lacks := missing(h.keys.line(), announced)
	switch {
	case lacks == nil:
		h.fed.raise()
		return nil
	case h.time() >= lacks.Until:
		return olderKeys(*lacks)
	case h.keysTold != ledger.KeyID(lacks.New):
		h.keysTold = ledger.KeyID(lacks.New)
		h.notify(event.Event{What: event.KeyFile, Reason: olderKeys(*lacks).Error()})
	}
	return nil
}
