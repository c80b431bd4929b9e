package datadir

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// KeyLine is the line of headquarters' signing keys, as this till knows it: the
// one that was pinned at enrollment, and what the journal has of the others.
func KeyLine(ctx context.Context, view *offline.View, id Identity) (ledger.KeyChain, error) {
	line := ledger.NewKeyChain(id.Chain, id.PublicKey)
	kept, err := view.Keys(ctx)
	if err != nil {
		return line, err
	}
	return line.Resume(kept), nil
}

// KeysOnly stands for a store where nothing is asked of it but which keys are known,
// and nothing is kept.
type KeysOnly struct {
	hqsync.Outbox
	Kept ledger.Successions
}

// Keys implements hqsync.Outbox.
func (k KeysOnly) Keys(context.Context) (ledger.Successions, error) { return k.Kept, nil }

// KeepKeys implements hqsync.Outbox.
func (k KeysOnly) KeepKeys(context.Context, ledger.Successions) error { return nil }
