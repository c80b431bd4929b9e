package audit

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// lost are the verdicts of claims: what was first is not decided again, but looked
// up.
var lost = []ledger.Verdict{
	ledger.DuplicateSale, ledger.DuplicateName, ledger.DuplicateRef, ledger.DuplicateClaim, ledger.NotNamed,
	ledger.TooWeak, ledger.TooLate, ledger.NotClaimable, ledger.LimitReached,
}

// till decides a till's entry again as its account's next row.
func (a *again) till(b *books.Books, r *ledgerRow) (*books.Decision, error) {
	then := b.Then()
	it, err := a.itemOf(then, r)
	if err != nil {
		return nil, err
	}
	if err := a.first(it, r); err != nil {
		return nil, err
	}
	if err := a.referred(it.Entry, r); err != nil {
		return nil, err
	}
	if it.OnlyEarns() {
		then = b.ThenBare()
	}
	d, err := it.Decide(then)
	a.after = &books.Limited{Entry: it.Entry, Program: it.Program, Moment: it.Moment(), Decision: d, Terminal: it.Written().Terminal}
	return d, err
}

// itemOf reads an entry as the projector did.
func (a *again) itemOf(b *books.Books, r *ledgerRow) (*books.Item, error) {
	d := r.decision
	it, err := a.beside.items.At(*d.Place)
	if err != nil {
		return nil, err
	}
	unread := it.Passed != "" || it.Erased != ""
	gone := unread && it.Who == nil && it.Named == nil && !it.Entry.Attachment.IsZero() // her attachment is erased
	it.Passed, it.Orig, it.Held = "", d.Orig, d.Verdict == ledger.Held
	if d.Verdict != ledger.Erased {
		it.Erased = "" // she was erased after it was posted
	}
	it.Program = a.at(r).Under(it)
	it.Ruling = books.Ruling{Holder: b.Holder}
	if slices.Contains(lost, d.Verdict) {
		it.Duplicate = d.Verdict
	}
	switch {
	case it.Held:
		return it, nil
	case books.IsReturn(it.Entry):
		return it, a.comesBack(b, r, it)
	case books.IsSplit(it.Entry):
		it.Splitting, err = records.SplittingOf(a.tx, b, it.Entry)
		return it, err
	case it.Entry.Kind == ledger.Claim && it.Duplicate == "":
		return it, a.claims(b, it)
	case gone && d.Verdict == ledger.Suspected:
		it.Who = new(books.Identity)
	}
	return it, nil
}

// comesBack finds the sale of a return, with what had come back of it.
func (a *again) comesBack(b *books.Books, r *ledgerRow, it *books.Item) (err error) {
	it.Sale, it.SoldTo = r.decision.Sale, b.Holder
	if it.Duplicate != "" {
		return nil
	}
	here, err := records.HasEntry(a.tx, b.Holder, it.Sale)
	if err != nil {
		return err
	}
	to, err := records.Survivor(a.tx, b.Holder)
	if err != nil {
		return err
	}
	if b.Before = r.recorded; to == b.Holder {
		b.Before++ // what it took over was there before
	}
	if !here {
		if it.SoldTo, err = records.ResolvedTo(a.tx, it.Sale); err != nil {
			return err
		}
	}
	if it.Sold, err = records.ReadSold(a.tx, b, it.SoldTo, it.Sale); err != nil {
		return err
	}
	if it.Sold == nil {
		return books.ErrParked
	}
	it.Program = a.at(r).Named(it.Sold.Entry.Program, it.Sold.Entry.Store, it.Effective(), it.Zone)
	return nil
}

// claims finds what a claim of a receipt drew on a limit.
func (a *again) claims(b *books.Books, it *books.Item) error {
	sold, err := records.SaleItem(a.tx, a.known(), books.HolderOfSale(it.Entry.Claiming.Entry))
	if err != nil {
		return err
	}
	it.Of = sold.Program
	code, known, err := records.ClaimCode(a.tx, a.Keys, sold.Entry.Store, it.Entry.Claiming.Code)
	if err != nil || !known {
		return err
	}
	have, err := b.Account(it.Of.Ref().ID)
	if err != nil {
		return err
	}
	var room bool
	if it.Uses, room = it.Of.ClaimUse(have.State, ledger.DateAt(it.Effective(), sold.Zone), code.Earned); !room {
		it.Duplicate = ledger.LimitReached
	}
	return nil
}
