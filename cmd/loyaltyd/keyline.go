package main

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// keyLine is the line of headquarters' signing keys, as this till knows it: the
// one that was pinned at enrollment, and what the journal has of the others.
func keyLine(ctx context.Context, view *offline.View, id identity) (ledger.KeyChain, error) {
	line := ledger.NewKeyChain(id.Chain, id.PublicKey)
	kept, err := view.Keys(ctx)
	if err != nil {
		return line, err
	}
	return line.Resume(kept), nil
}

// keysOnly stands for a store where nothing is asked of it but which keys are known,
// and nothing is kept.
type keysOnly struct {
	hqsync.Outbox
	kept ledger.Successions
}

// Keys implements hqsync.Outbox.
func (k keysOnly) Keys(context.Context) (ledger.Successions, error) { return k.kept, nil }

// KeepKeys implements hqsync.Outbox.
func (k keysOnly) KeepKeys(context.Context, ledger.Successions) error { return nil }
