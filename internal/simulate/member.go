package simulate

import (
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// member is somebody who comes to the tills.
type member struct{ number string }

// unit and reward are the program's.
const (
	unit   = ledger.Unit("points")
	reward = "five"
)

// asked is what a POS asked its till for, and asks again until it is answered:
// a sale, or what comes back of one.
type asked struct {
	key    string // of the request, whatever it is called when it is asked again
	basket checkout.Basket
	taking *checkout.Taking
	held   bool // a hold was placed for it
	boots  int  // of the till, when it was
	failed bool // it was answered with an error before
	epoch  ledger.Epoch
	heldAt ledger.Millis
}

// visit is a customer at a till, or the one before who still waits.
func (t *till) visit() {
	if t.gone {
		return
	}
	t.in(t.between(2*time.Second, time.Minute), t.visit)
	if !t.up {
		return
	}
	if !t.went("is healthy", t.store.Healthy()) {
		return
	}
	if t.asked == nil {
		t.ask(t.members[t.random.IntN(len(t.members))])
	}
	if t.asked != nil && !t.disk.Stopped() {
		t.serve()
	}
}

// ask draws what a member comes for.
func (t *till) ask(m *member) {
	known, number, err := t.counter.Identify(ctx, m.number)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		err := t.counter.Enroll(ctx, t.now(), t.newEntry(), t.counter.NewAccount(), number)
		if t.went("enrolls", err) {
			t.counts.Enrolled++
			t.note("%s enrolls %s", t.name, m.number)
		}
		return
	}
	if !t.went("identifies", err) {
		return
	}
	if len(t.sold) > 0 && t.chance(12) {
		t.askBack()
		return
	}
	amount := ledger.Minor(t.random.IntN(40_000) + 100)
	a := &asked{basket: checkout.Basket{
		Entry: t.newEntry(), SaleID: t.saleID(), Day: ledger.DateAt(ledger.MillisOf(t.now()), istanbul), Currency: "TRY",
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}},
		Who:   checkout.Who{Phone: m.number, Proof: ledger.Claimed},
	}}
	a.key = a.basket.SaleID
	t.asked = a
	switch balance := known.Balance(unit); {
	case balance.Shown < 100 || t.chance(40):
	case t.chance(40):
		t.hold(a, known.Account)
	default:
		a.basket.Redeem = []loyalty.Redemption{{Reward: reward, Times: 1}}
	}
	a.basket.Asked = []byte(fmt.Sprint(a.basket.SaleID, amount, a.basket.Redeem, len(a.basket.Holds)))
}

func (t *till) saleID() string { return fmt.Sprintf("s%x", t.ids.Uint64()) }

// hold sets a reward aside; she pays at the next visit.
func (t *till) hold(a *asked, account ledger.AccountID) {
	hold, err := t.counter.Hold(ctx, t.now(), checkout.Reserve{
		ID: t.counter.NewHold(), SaleID: a.basket.SaleID, Account: account, Reward: reward, Proof: ledger.Claimed,
	})
	if t.refuses(err) || !t.went("holds", err) {
		return
	}
	head, err := t.store.Head(ctx)
	t.expect("read head", err)
	a.basket.Holds, a.held, a.boots, a.epoch, a.heldAt = []ledger.HoldID{hold.ID}, true, t.counts.Restarts, head.Epoch, hold.At
	t.note("%s holds %d", t.name, hold.Amount)
}

// askBack wants a sale of this till or of another to come back.
func (t *till) askBack() {
	from := t
	if t.chance(30) {
		from = t.tills[t.random.IntN(len(t.tills))]
	}
	if len(from.sold) == 0 {
		return
	}
	i := t.random.IntN(len(from.sold))
	of := from.sold[i]
	from.sold = append(from.sold[:i:i], from.sold[i+1:]...)
	taking := &checkout.Taking{
		Entry: t.newEntry(), ID: "r" + t.saleID(), Day: ledger.DateAt(ledger.MillisOf(t.now()), istanbul),
		Of: of, Wish: loyalty.Wish{All: true}, Asked: []byte(of.ID),
	}
	t.asked = &asked{key: taking.ID, taking: taking}
}

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
		completed, err = t.counter.Complete(ctx, t.now(), a.basket)
		entry = completed.Entry
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
