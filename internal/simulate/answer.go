package simulate

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// serve lets the till do what was asked.
func (t *till) serve() {
	a := t.asked
	if a.held && t.chance(50) {
		return // she looks for her purse
	}
	var entry *ledger.Entry
	var err error
	if a.taking != nil {
		var back checkout.TakenBack
		t.requests[a.taking.Entry] = a.key
		back, err = t.counter.Return(ctx, t.now(), *a.taking)
		entry = back.Entry
	} else {
		var completed checkout.Completed
		t.requests[a.basket.Entry] = a.key
		now := t.now()
		completed, err = t.counter.Complete(ctx, now, a.basket)
		entry = completed.Entry
		a.when[ledger.MillisOf(now)] = t.at
	}
	if t.disk.Stopped() {
		t.fails(a)
		return
	}
	if t.refuses(err) {
		t.checkRefused(a, err)
		t.asked = nil
		return
	}
	if !t.went("completes", err) {
		t.countFailed()
		t.fails(a)
		return
	}
	t.asked = nil
	t.tellEntry(a, entry)
}

func (t *till) countFailed() {
	switch t.fault {
	case powercut.Full:
		t.counts.DiskFull++
	case powercut.SyncError:
		t.counts.BadSync++
	}
}

// fails is an answer that did not come, or was an error.
func (t *till) fails(a *asked) {
	a.failed = true
	if t.Mutant == NewIDOnRetry && a.taking == nil && !a.held {
		a.basket.Entry, a.basket.SaleID = t.newEntry(), t.saleID()
	}
}

// tellEntry is the answer that people see.
func (t *till) tellEntry(a *asked, e *ledger.Entry) {
	body, err := e.Encode()
	t.expect("encode", err)
	t.told = append(t.told, ledger.HashOf(body))
	if a.failed {
		t.counts.Retried++
	}
	earned, spent := sums(e)
	t.note("%s tells a %s: %d earned, %d spent", t.name, e.Kind, earned, spent)
	if e.Kind != ledger.Sold {
		t.counts.Returns++
		return
	}
	t.counts.Sales++
	t.checkSpend(a, e)
	if spent > 0 {
		t.counts.Spends++
		if a.held && a.boots != t.counts.Restarts {
			t.counts.HeldThrough++
		}
	}
	t.sold = append(t.sold, ledger.SaleRef{Terminal: t.answer.Terminal, Day: e.Day, ID: e.Sale.ID})
}

func sums(e *ledger.Entry) (earned, spent ledger.Points) {
	for _, p := range e.Postings {
		if p.From == ledger.Issued {
			earned += p.Amount
		} else if p.To == ledger.Redeemed {
			spent += p.Amount
		}
	}
	return earned, spent
}

// refuses reports whether an error is a till's considered no.
func (t *till) refuses(err error) bool {
	var no *loyalty.NoRedeem
	var reward *loyalty.RewardRefused
	var excess *loyalty.ExcessReturn
	switch {
	case errors.As(err, &no):
		t.note("%s refuses: %s", t.name, no.Reason)
		if no.Reason == loyalty.ClockOff {
			t.counts.ClockRefused++
		} else if no.Reason == loyalty.RightPast {
			t.counts.LapsedRefused++
		}
	case errors.As(err, &reward), errors.As(err, &excess), errors.Is(err, checkout.ErrNoSale):
		t.note("%s refuses: %v", t.name, err)
	default:
		return false
	}
	return true
}

// went reports whether something was done; an error must have a reason.
func (t *till) went(what string, err error) bool {
	if !t.explained(err) {
		t.violate("%s %s: %w", t.name, what, err)
	}
	if err != nil {
		t.note("%s %s in vain", t.name, what)
	}
	return err == nil && !t.disk.Stopped()
}
