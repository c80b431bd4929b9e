package terminal

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// adjust is asked of a till.
func (t *Terminal) adjust(r *http.Request) (any, error) {
	var asked headquarters.AdjustRequest
	if err := desk.Read(r, &asked); err != nil {
		return nil, err
	}
	approval, err := asked.Approval()
	if err != nil {
		return nil, operators.Failure(err)
	}
	if has := t.programs.At(time.Now()).Ref().ID; asked.Program != "" && asked.Program != has {
		return nil, exit.Fail(exit.Usage, "adjust it at headquarters", fmt.Errorf("this till's program is %q", has))
	}
	asked.Approver, asked.Program = "", ""
	text, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	done, err := t.Till.Adjust(r.Context(), time.Now(), checkout.Adjusting{
		ID: asked.ID.String(), Who: checkout.Who{Phone: asked.Phone, Proof: ledger.Claimed}, Unit: asked.Unit, Amount: asked.Amount,
		Reason: asked.Reason, Operator: asked.Operator, Approval: approval, Asked: text,
	})
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return nil, exit.Fail(exit.Failed, "", err)
	}
	if errors.Is(err, checkout.ErrNoNumber) {
		return nil, exit.Fail(exit.Data, "", err)
	}
	if err != nil {
		return nil, operators.Failure(err)
	}
	out := headquarters.AdjustedBy(done.Entry, done.Name)
	out.Balance, out.Owed = done.Entry.Told.Balance, done.Entry.Told.Owed
	out.Say(t.programs.Of(done.Entry).Amounts())
	t.log.Info().Stringer("entry_id", done.Entry.ID).Str("operator_id", out.Operator).Str("approver_id", out.Approver).
		Str("unit", string(out.Unit)).Int64("amount", int64(out.Amount)).Msg("member adjusted")
	return out, nil
}
