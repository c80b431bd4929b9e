package hq

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// lost are the verdicts of claims: what was first is not decided again, but looked
// up.
var lost = []ledger.Verdict{
	ledger.DuplicateSale, ledger.DuplicateName, ledger.DuplicateRef, ledger.DuplicateClaim, ledger.NotNamed,
	ledger.TooWeak, ledger.TooLate, ledger.NotClaimable, ledger.LimitReached,
}

// till decides a till's entry again as its account's next row.
func (a *again) till(b *books, r *ledgerRow) (*decision, error) {
	it, err := a.itemOf(b, r)
	if err != nil {
		return nil, err
	}
	if err := a.first(it, r); err != nil {
		return nil, err
	}
	if err := a.referred(it.entry, r); err != nil {
		return nil, err
	}
	d, err := it.decide(b)
	a.after = &limited{it.entry, it.program, it.moment(), d, it.written().Terminal}
	return d, err
}

// itemOf reads an entry as the projector did.
func (a *again) itemOf(b *books, r *ledgerRow) (*item, error) {
	d := r.decision
	it, err := a.itemAt(a.tx, *d.Place)
	if err != nil {
		return nil, err
	}
	unread := it.passed != "" || it.erased != ""
	gone := unread && it.who == nil && it.named == nil && !it.entry.Attachment.IsZero() // her attachment is erased
	it.passed, it.orig, it.held = "", d.Orig, d.Verdict == ledger.Held
	if d.Verdict != ledger.Erased {
		it.erased = "" // she was erased after it was posted
	}
	it.program = a.at(r).under(it)
	it.ruling = ruling{holder: b.holder}
	if slices.Contains(lost, d.Verdict) {
		it.duplicate = d.Verdict
	}
	switch {
	case it.held:
		return it, nil
	case isReturn(it.entry):
		return it, a.comesBack(b, r, it)
	case isSplit(it.entry):
		it.splitting, err = splittingOf(a.tx, b, it.entry)
		return it, err
	case it.entry.Kind == ledger.Claim && it.duplicate == "":
		return it, a.claims(b, it)
	case gone && d.Verdict == ledger.Suspected:
		it.who = new(identity)
	}
	return it, nil
}

// comesBack finds the sale of a return, with what had come back of it.
func (a *again) comesBack(b *books, r *ledgerRow, it *item) (err error) {
	it.sale, it.soldTo = r.decision.Sale, b.holder
	if it.duplicate != "" {
		return nil
	}
	here, err := hasEntry(a.tx, b.holder, it.sale)
	if err != nil {
		return err
	}
	to, err := survivor(a.tx, b.holder)
	if err != nil {
		return err
	}
	if b.before = r.recorded; to == b.holder {
		b.before++ // what it took over was there before
	}
	if !here {
		if it.soldTo, err = resolvedTo(a.tx, it.sale); err != nil {
			return err
		}
	}
	if it.sold, err = readSold(a.tx, b, it.soldTo, it.sale); err != nil {
		return err
	}
	if it.sold == nil {
		return errParked
	}
	it.program = a.at(r).named(it.sold.entry.Program, it.sold.entry.Store, it.effective(), it.zone)
	return nil
}

// claims finds what a claim of a receipt drew on a limit.
func (a *again) claims(b *books, it *item) error {
	sold, err := a.saleItem(a.tx, holderOfSale(it.entry.Claiming.Entry))
	if err != nil {
		return err
	}
	it.of = sold.program
	code, known, err := a.keys.claimCode(a.tx, sold.entry.Store, it.entry.Claiming.Code)
	if err != nil || !known {
		return err
	}
	have, err := b.account(it.of.Ref().ID)
	if err != nil {
		return err
	}
	var room bool
	if it.uses, room = it.of.ClaimUse(have.State, ledger.DateAt(it.effective(), sold.zone), code.Earned); !room {
		it.duplicate = ledger.LimitReached
	}
	return nil
}
