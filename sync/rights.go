package sync

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// ErrRefused says that headquarters gave no right.
var ErrRefused = errors.New("headquarters gives no right now")

// AskRight asks for a right to spend amount of an account now and keeps it.
// Nil means that the right is in the store. The request's id is the right's,
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
		return ErrRefused
	}
	return x.keepRight(ctx, *answer.Grant)
}
