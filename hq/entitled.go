package hq

import (
	"context"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Who may have a sale that stands by itself: whom it names, once she proves who
// she is, or whoever has the code of its receipt.

// mayConfirm says why somebody may not confirm a sale; only whom it names may.
func (h *Headquarters) mayConfirm(tx *database.Tx, a asking, s *alone) (refused ledger.Verdict, err error) {
	if s.Named == nil {
		return ledger.NotClaimable, nil // its attachment says nothing
	}
	named, err := h.named(tx, s.Named)
	if err != nil {
		return "", err
	}
	dropped, err := isDropped(tx, books.HolderOfSale(s.Entry.ID))
	switch {
	case err != nil:
		return "", err
	case named != a.account:
		return ledger.NotNamed, nil
	case !a.entry.Proof.Meets(s.Program.Proof().Earn):
		return ledger.TooWeak, nil
	case dropped || a.at >= s.Program.ConfirmBy(s.Moment()):
		return ledger.TooLate, nil
	}
	return "", nil
}

// mayClaim says why somebody may not claim a receipt: its code is not the one
// that the store's tills print, its time is over, or her limit is reached.
func (h *Headquarters) mayClaim(tx *database.Tx, a asking, s *alone) (refused ledger.Verdict, uses []ledger.LimitUse, err error) {
	code, known, err := records.ClaimCode(tx, h.keys, s.Entry.Store, a.entry.Claiming.Code)
	if err != nil {
		return "", nil, err
	}
	if !known || code.Sale != s.Entry.ID {
		return ledger.NotClaimable, nil, nil
	}
	until, may := s.Program.ClaimBy(s.Moment())
	dropped, err := isDropped(tx, books.HolderOfSale(s.Entry.ID))
	switch {
	case err != nil:
		return "", nil, err
	case !may:
		return ledger.NotClaimable, nil, nil
	case !a.entry.Proof.Meets(s.Program.Proof().Earn):
		return ledger.TooWeak, nil, nil
	case dropped || a.at >= until:
		return ledger.TooLate, nil, nil
	}
	b, err := records.OpenBooks(tx, a.account)
	if err != nil {
		return "", nil, err
	}
	have, err := b.Account(s.decision.Program)
	if err != nil {
		return "", nil, err
	}
	uses, room := s.Program.ClaimUse(have.State, ledger.DateAt(a.at, s.Zone), code.Earned)
	if !room {
		return ledger.LimitReached, nil, nil
	}
	return "", uses, nil
}

// unnamed is why a confirm waits until somebody is enrolled.
const unnamed = "nobody has the number that its sale names"

// retryUnnamed lets confirms be tried again that waited for somebody to be
// enrolled.
func (h *Headquarters) retryUnnamed(ctx context.Context, items []*books.Item) error {
	enrolls := func(it *books.Item) bool { return it.Passed == "" && it.Entry.Kind == ledger.Enroll }
	if !h.retried || !slices.ContainsFunc(items, enrolls) {
		return nil
	}
	return h.view(ctx, func(tx *database.Tx) error {
		var waits bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM quarantine WHERE reason = $1)`, unnamed).Scan(&waits)
		h.retried = !waits
		return err
	})
}

// named finds whom a sale names, in the account that she is in now. While nobody has
// her number, nobody can tell.
func (h *Headquarters) named(tx *database.Tx, who *books.Identity) (books.Holder, error) {
	if !who.Person.Member.IsZero() {
		return records.AccountOf(tx, books.HolderOf(ledger.AccountID(who.Person.Member)))
	}
	if !who.Person.Account.IsZero() {
		return records.Survivor(tx, books.HolderOf(who.Person.Account))
	}
	of, err := records.FindsListed(tx, h.keys, who.Hash, who.Person.Phone.E164)
	if err != nil {
		return "", err
	}
	if of == "" {
		return "", &books.PassOver{Reason: unnamed}
	}
	return records.AccountOf(tx, of)
}
