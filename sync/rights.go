package sync

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// AskRight asks for a right to spend amount of an account now and keeps it.
// Nil means that the right is in the store; a *ledger.RightRefused, that
// headquarters gives none. The request's id is the right's,
// so a lost answer costs nothing: hello brings the right again.
func (x *Exchange) AskRight(ctx context.Context, account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) error {
	message, err := json.Marshal(wire.RightRequest{
		ID: x.newRight(), Account: account, Program: program, Unit: unit, Amount: amount,
	})
	if err != nil {
		return err
	}
	var answer wire.RightAnswer
	if err := x.ask(ctx, http.MethodPost, wire.RightsPath, message, &answer); err != nil {
		return err
	}
	if answer.Grant == nil {
		return &ledger.RightRefused{Why: answer.Refuse, Elsewhere: answer.Elsewhere}
	}
	return x.keepRight(ctx, *answer.Grant)
}
