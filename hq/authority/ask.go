package authority

import (
	"cmp"
	"errors"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// ErrOtherProgram says that a till of a store that was given another program asks
// for what its members have under the one before.
var ErrOtherProgram = errors.New("this store has another program now")

// PlanFor is the right that a terminal asks for, bound to its branch and to whoever the
// account is now, or finds that it was given before. What the terminal has open already
// is asked for once more only if the account has it. Its errors are ErrOtherProgram,
// books.ErrShort for an account that is nobody's, and refusals.
func (a *Authority) PlanFor(tx *database.Tx, from ledger.TerminalID, asked wire.RightRequest) (p *Plan, given *ledger.SignedEntry, err error) {
	p = &Plan{Right: ledger.Right{
		ID: asked.ID, Program: asked.Program, Unit: asked.Unit, Amount: asked.Amount,
	}}
	t, err := records.ReadTerminal(tx, from)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case t.Fenced:
		return nil, nil, wire.Refuse(wire.CodeFenced, "")
	case t.Epoch == 0:
		return nil, nil, wire.Refuse(wire.CodeHello, "")
	}
	if !a.Programs.Serves(t.Store, asked.Program) {
		return nil, nil, ErrOtherProgram
	}
	of := books.HolderOf(asked.Account)
	if p.Holder, err = records.Survivor(tx, of); err != nil {
		return nil, nil, err
	}
	if given, err = givenBefore(tx, from, asked.ID, p.Holder, of); given != nil || err != nil {
		return p, given, err
	}
	if nobodys, err := records.IsNobodys(tx, p.Holder); err != nil || nobodys {
		return nil, nil, cmp.Or(err, books.ErrShort) // what it has ends
	}
	a.Policy(asked.Program).bind(&p.Right, &t, a.Now)
	own, err := ownRest(tx, p.Holder, &t, books.BalanceKey{Program: asked.Program, Unit: asked.Unit}, a.Now)
	if err != nil {
		return nil, nil, err
	}
	free, err := a.free(tx, books.New(p.Holder, records.Loading(tx)), books.BalanceKey{Program: asked.Program, Unit: asked.Unit}, &t, a.Now)
	if err != nil {
		return nil, nil, err
	}
	if free < asked.Amount && own < asked.Amount && free >= asked.Amount-own {
		p.Right.Amount -= own
	}
	p.cost = p.Right.Amount // less than was asked for would serve nobody, here or elsewhere
	return p, nil, forVoucher(tx, p.Holder, &p.Right, a.Now)
}

// givenBefore is the grant of a right that a terminal was given, at the account that it
// was asked of or at the one that this became: while it is on its way it is at the first
// alone, and granted again it could not arrive.
func givenBefore(tx *database.Tx, to ledger.TerminalID, id ledger.RightID, holders ...books.Holder) (*ledger.SignedEntry, error) {
	for _, of := range holders {
		stands, err := records.Loading(tx).Right(of, id)
		if err != nil {
			return nil, err
		}
		switch {
		case stands == nil:
		case stands.Terminal != to:
			return nil, wire.Refuse(wire.CodeInvalid, "another terminal has a right of this id")
		default:
			return records.SignedGrant(tx, of, stands.Grant)
		}
	}
	return nil, nil
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

// CallBack asks other terminals for what they hold of a plan's account, where that would
// be enough of what was wanted, and returns how much it is; 0 where it would not.
func (a *Authority) CallBack(tx *database.Tx, p *Plan, wanted ledger.Points) (elsewhere ledger.Points, err error) {
	key := books.BalanceKey{Program: p.Right.Program, Unit: p.Right.Unit}
	t, err := records.ReadTerminal(tx, p.Right.Terminal)
	if err != nil {
		return 0, err
	}
	free, err := a.free(tx, books.New(p.Holder, records.Loading(tx)), key, &t, a.Now)
	if err != nil {
		return 0, err
	}
	asked, rest, err := a.elsewhere(tx, p.Holder, key, &t)
	if err != nil || free+rest < wanted {
		return 0, err
	}
	return rest, posting.Recall(tx, p.Holder, asked)
}

// elsewhere returns an account's open rights to a unit at other terminals, and
// what they have left; of uses, those that count now.
func (a *Authority) elsewhere(tx *database.Tx, of books.Holder, key books.BalanceKey, t *records.Terminal) (rights []*books.Right, rest ledger.Points, err error) {
	all, err := records.ReadOpenRights(tx, of)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range all {
		if r.Of() != key || r.Terminal == t.ID {
			continue
		}
		counts, err := a.counts(tx, r, t)
		if err != nil {
			return nil, 0, err
		}
		if counts {
			rights, rest = append(rights, r), rest+r.Rest()
		}
	}
	return rights, rest, nil
}
