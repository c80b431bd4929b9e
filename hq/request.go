package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// request gives a terminal a right that it asks for now, or says why not. The
// id it made is the right's: asking again gives the same right.
func (h *Headquarters) request(ctx context.Context, from ledger.TerminalID, asked wire.RightRequest) (wire.RightAnswer, error) {
	a := h.rights()
	if !a.Places(asked.Program, asked.Unit) {
		return refuse("nothing is redeemed with %s here", asked.Unit), nil
	}
	if asked.Amount <= 0 || asked.ID.IsZero() || asked.Account.IsZero() {
		return wire.RightAnswer{}, wire.Refuse(wire.CodeInvalid, "a right has an id, an account and an amount above zero")
	}
	if waits, err := h.waitingFor(ctx, asked.Account); err != nil || waits {
		return refuse("headquarters was restored from a backup and waits for its tills"), err
	}
	if !h.soundNow() {
		return refuse("headquarters' clock jumped: rights are given once somebody there looked at it"), nil
	}
	var p *authority.Plan
	var given *ledger.SignedEntry
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		p, given, err = a.PlanFor(tx, from, asked)
		return err
	})
	if errors.Is(err, authority.ErrOtherProgram) || errors.Is(err, books.ErrShort) {
		return refuse("%v", err), nil
	}
	if err != nil || given != nil {
		return wire.RightAnswer{Grant: given}, err
	}
	wanted := p.Right.Amount
	if err := h.place(ctx, a, []*authority.Plan{p}); err != nil {
		return wire.RightAnswer{}, err
	}
	switch {
	case errors.Is(p.Failed, authority.ErrNoRoom):
		return refuse("this till has as much set aside as it may"), nil
	case errors.Is(p.Failed, authority.ErrRoomMoved):
		return wire.RightAnswer{}, busy()
	case errors.Is(p.Failed, books.ErrShort):
		return h.callBack(ctx, a, p, wanted)
	case p.Failed != nil:
		return wire.RightAnswer{}, p.Failed
	}
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		given, err = records.SignedGrant(tx, p.Holder, books.OwnID("grant", asked.ID.String()))
		return err
	})
	return wire.RightAnswer{Grant: given}, err
}

// callBack asks other terminals for what they hold of an account, where that
// would be enough.
func (h *Headquarters) callBack(ctx context.Context, a authority.Authority, p *authority.Plan, wanted ledger.Points) (wire.RightAnswer, error) {
	key := books.BalanceKey{Program: p.Right.Program, Unit: p.Right.Unit}
	var elsewhere ledger.Points
	err := h.update(ctx, func(tx *database.Tx) (err error) {
		elsewhere, err = a.CallBack(tx, p, wanted)
		return err
	})
	if err != nil {
		return wire.RightAnswer{}, fmt.Errorf("call rights back: %w", err)
	}
	answer := refuse("%v", books.ErrShort)
	if elsewhere > 0 {
		what := string(key.Unit)
		if current, _ := h.InForce(key.Program); current != nil {
			what = current.Amounts().Words(key.Unit, elsewhere)
		}
		answer = refuse("set aside at another till and being called back, try again in a moment: %s", what)
	}
	if _, use := key.Unit.Use(); use {
		answer = refuse("%s", useRefusal(key.Unit, elsewhere > 0))
	}
	answer.Elsewhere = elsewhere > 0
	return answer, nil
}

func refuse(format string, args ...any) wire.RightAnswer {
	return wire.RightAnswer{Refuse: fmt.Sprintf(format, args...)}
}

// useRefusal says why there is no right to uses of a limit.
func useRefusal(unit ledger.Unit, elsewhere bool) string {
	limit, _ := unit.Use()
	if elsewhere {
		return fmt.Sprintf("limit %s is set aside at another till and is being called back: try again in a moment", limit)
	}
	return fmt.Sprintf("limit %s is used up", limit)
}
