package sync

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// LookUp asks headquarters for all of a member whom the till met: of an account, or of
// whom an attachment names, sealed for headquarters. Nil means that what it knows of
// her is in the store, also where that is nothing.
func (x *Exchange) LookUp(ctx context.Context, account ledger.AccountID, sealed []byte) error {
	heard, _, err := x.outbox.Erasures(ctx)
	if err != nil {
		return err
	}
	message, err := json.Marshal(wire.Lookup{Account: account, Sealed: sealed, Erasures: heard})
	if err != nil {
		return err
	}
	var found wire.Found
	if err := x.ask(ctx, http.MethodPost, wire.LookupPath, message, &found); err != nil {
		return err
	}
	if len(found.Changes) == 0 {
		return nil
	}
	return x.outbox.Meet(ctx, found.Changes)
}
