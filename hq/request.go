package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// errElsewhere says that a till of a store that was given another program asks
// for what its members have under the one before.
var errElsewhere = errors.New("this store has another program now")

// request gives a terminal a right that it asks for now, or says why not. The
// id it made is the right's: asking again gives the same right.
func (h *Headquarters) request(ctx context.Context, from ledger.TerminalID, asked wire.RightRequest) (wire.RightAnswer, error) {
	if _, ok := h.policy(asked.Program).places(asked.Program, asked.Unit); !ok {
		return refuse("nothing is redeemed with %s here", asked.Unit), nil
	}
	if asked.Amount <= 0 || asked.ID.IsZero() || asked.Account.IsZero() {
		return wire.RightAnswer{}, wire.Refuse(wire.CodeInvalid, "a right has an id, an account and an amount above zero")
	}
	p := &plan{cost: 1, right: ledger.Right{
		ID: asked.ID, Program: asked.Program, Unit: asked.Unit, Amount: asked.Amount,
	}}
	if waits, err := h.waitingFor(ctx, asked.Account); err != nil || waits {
		return refuse("headquarters was restored from a backup and waits for its tills"), err
	}
	now := h.time()
	var given *ledger.SignedEntry
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		given, err = h.prepare(tx, p, from, asked, now)
		return err
	})
	if errors.Is(err, errElsewhere) {
		return refuse("%v", err), nil
	}
	if err != nil || given != nil {
		return wire.RightAnswer{Grant: given}, err
	}
	wanted := p.right.Amount
	if err := h.place(ctx, []*plan{p}, now); err != nil {
		return wire.RightAnswer{}, err
	}
	switch {
	case errors.Is(p.failed, errNoRoom):
		return refuse("this till has as much set aside as it may"), nil
	case errors.Is(p.failed, books.ErrShort):
		return h.callBack(ctx, p, wanted, now)
	case p.failed != nil:
		return wire.RightAnswer{}, p.failed
	}
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		given, err = records.SignedGrant(tx, p.holder, books.OwnID("grant", asked.ID.String()))
		return err
	})
	return wire.RightAnswer{Grant: given}, err
}

// prepare binds the right to the terminal's branch and to whoever the account
// is now, or finds that it was given before. What the terminal has open
// already is asked for once more only if the account has it.
func (h *Headquarters) prepare(tx *database.Tx, p *plan, from ledger.TerminalID, asked wire.RightRequest, now ledger.Millis) (*ledger.SignedEntry, error) {
	t, err := records.ReadTerminal(tx, from)
	if err != nil {
		return nil, err
	}
	if t.Epoch == 0 {
		return nil, wire.Refuse(wire.CodeHello, "")
	}
	if !h.programs.Load().Serves(t.Store, asked.Program) {
		return nil, errElsewhere
	}
	if p.holder, err = records.Survivor(tx, books.HolderOf(asked.Account)); err != nil {
		return nil, err
	}
	if stands, err := records.Loading(tx).Right(p.holder, asked.ID); err != nil {
		return nil, err
	} else if stands != nil && stands.Terminal == from {
		return records.SignedGrant(tx, p.holder, stands.Grant)
	}
	h.policy(asked.Program).bind(&p.right, &t, now)
	own, err := ownRest(tx, p.holder, &t, books.BalanceKey{Program: asked.Program, Unit: asked.Unit}, now)
	if err != nil {
		return nil, err
	}
	free, err := h.free(tx, books.New(p.holder, records.Loading(tx)), books.BalanceKey{Program: asked.Program, Unit: asked.Unit}, &t, now)
	if err != nil {
		return nil, err
	}
	if free < asked.Amount && own < asked.Amount && free >= asked.Amount-own {
		p.right.Amount -= own
	}
	return nil, forVoucher(tx, p.holder, &p.right, now)
}

// ownRest is what a terminal may still spend of an account.
func ownRest(tx *database.Tx, of books.Holder, t *records.Terminal, key books.BalanceKey, now ledger.Millis) (rest ledger.Points, err error) {
	rights, err := records.ReadOpenRights(tx, of)
	for _, r := range rights {
		if r.Terminal == t.ID && records.IsBound(t, r.Epoch, r.Branch) && r.Of() == key && r.SpendUntil >= now {
			rest += r.Rest()
		}
	}
	return rest, err
}

// callBack asks other terminals for what they hold of an account, where that
// would be enough.
func (h *Headquarters) callBack(ctx context.Context, p *plan, wanted ledger.Points, now ledger.Millis) (wire.RightAnswer, error) {
	key := books.BalanceKey{Program: p.right.Program, Unit: p.right.Unit}
	var elsewhere ledger.Points
	err := h.update(ctx, func(tx *database.Tx) error {
		elsewhere = 0
		t, err := records.ReadTerminal(tx, p.right.Terminal)
		if err != nil {
			return err
		}
		free, err := h.free(tx, books.New(p.holder, records.Loading(tx)), key, &t, now)
		if err != nil {
			return err
		}
		asked, rest, err := h.elsewhere(tx, p.holder, key, &t, now)
		if err != nil || free+rest < wanted {
			return err
		}
		elsewhere = rest
		return posting.Recall(tx, p.holder, asked)
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

// elsewhere returns an account's open rights to a unit at other terminals, and
// what they have left; of uses, those that count now.
func (h *Headquarters) elsewhere(tx *database.Tx, of books.Holder, key books.BalanceKey, t *records.Terminal, now ledger.Millis) (rights []*books.Right, rest ledger.Points, err error) {
	all, err := records.ReadOpenRights(tx, of)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range all {
		if r.Of() != key || r.Terminal == t.ID {
			continue
		}
		counts, err := h.counts(tx, r, t, now)
		if err != nil {
			return nil, 0, err
		}
		if counts {
			rights, rest = append(rights, r), rest+r.Rest()
		}
	}
	return rights, rest, nil
}

func refuse(format string, args ...any) wire.RightAnswer {
	return wire.RightAnswer{Refuse: fmt.Sprintf(format, args...)}
}
