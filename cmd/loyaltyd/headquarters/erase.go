package headquarters

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// EraseRequest asks headquarters to erase a member.
type EraseRequest struct {
	ID      ledger.EntryID   `json:"id"`
	Phone   string           `json:"phone,omitempty"` // as typed
	Account ledger.AccountID `json:"account,omitzero"`
	Reason  string           `json:"reason"`
	Manager string           `json:"manager"`
	PIN     string           `json:"pin"`
}

// Erased is `member erase --json`.
type Erased struct {
	hq.Erased
	// Backup is why the keys beside the backups still have her; empty where they do not.
	Backup string `json:"backup,omitempty"`
}

// Whom is who is meant.
func (a EraseRequest) Whom(config configs.Config) (hq.Whom, error) {
	if a.Phone == "" {
		return hq.Whom{Account: a.Account}, nil
	}
	number, err := phone.Parse(a.Phone, config.Region)
	if err != nil {
		return hq.Whom{}, exit.Fail(exit.Data, "", err)
	}
	return hq.Whom{Phone: number.E164()}, nil
}

// EraseFailure says what to do where nobody can be erased.
func EraseFailure(err error) error {
	switch {
	case errors.Is(err, records.ErrNotFound):
		return exit.Fail(exit.Failed, "", loyalty.ErrUnknownMember)
	case errors.Is(err, hq.ErrWhichMember):
		return exit.Fail(exit.Data, "`loyaltyd member household show` lists their ids", err)
	}
	return err
}

// EraseRoutes are what headquarters is asked about erasures.
func EraseRoutes(running func() (*Local, error), managers *operators.Desk) desk.Routes {
	return desk.Routes{"POST /hq/member/erase": func(r *http.Request) (any, error) {
		h, err := running()
		if err != nil {
			return nil, err
		}
		var asked EraseRequest
		if err := desk.Read(r, &asked); err != nil {
			return nil, err
		}
		if err := managers.Approves(asked.Manager, asked.PIN); err != nil {
			return nil, err
		}
		return h.eraseMember(r.Context(), asked)
	}}
}

func (h *Local) eraseMember(ctx context.Context, asked EraseRequest) (done Erased, err error) {
	reason := strings.Join(strings.Fields(asked.Reason), " ")
	if err := checkout.CheckReason(reason); err != nil {
		return done, operators.Failure(err)
	}
	whom, err := asked.Whom(h.config)
	if err != nil {
		return done, err
	}
	done.Erased, err = h.EraseMember(ctx, hq.MemberErasure{ID: asked.ID, Whom: whom, Reason: reason, Operator: asked.Manager})
	if err != nil {
		return done, EraseFailure(err)
	}
	h.log.Info().Stringer("account", done.Account).Str("approver_id", asked.Manager).Msg("member erased")
	if err := backups.RewritePersons(ctx, h.config); err != nil {
		h.log.Error().Err(err).Msg("keys beside the backups could not be written: they have who was erased")
		done.Backup = err.Error()
	}
	return done, nil
}
