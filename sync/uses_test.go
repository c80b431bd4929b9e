package sync_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// giving is a program whose rewards have limits: alone, shared, beside a cost,
// and together with a rule.
const giving = `
program: giving
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}}
limits:
  gift:   {uses: 1, every: calendar_year}
  treats: {uses: 2, every: P7D}
  budget: {amount: 300, every: calendar_month}
  extra:  {uses: 1, every: calendar_day}
rules:
  - {id: base,  on: sale, each: line, give: {points: 1/10}}
  - {id: extra, on: sale, when: 'basket.net > 50000', limit: extra, give: {points: 7}}
rewards:
  - {id: gift,  limit: gift, benefit: {discount: 400}}
  - {id: card,  limit: gift, benefit: {gift_card: 500}}
  - {id: treat, cost: {points: 100}, limit: treats, repeat: true, benefit: {discount: 100}}
  - {id: dear,  cost: {points: 100}, limit: [budget, treats], benefit: {discount: 150}}
  - {id: later, cost: {points: 50}, limit: treats, benefit: {discount: 60}, voucher: P30D}
  - {id: bonus, limit: extra, benefit: {discount: 10}}
offline: {share: 1/1, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

// gives is a headquarters with two tills that ask it, under the program, and a
// member who was served last at the first.
func newGives(t *testing.T) *asks {
	w := &asks{world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, giving)), t: t}}
	w.one, w.two = w.till(), w.till()
	w.ask()
	_, _, err := w.one.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: "ana", Phone: e164})
	w.must(err)
	_, err = w.sale(w.one, 10_000)
	w.must(err)
	w.exchange()
	return w
}

// ask has both tills ask headquarters for rights.
func (w *asks) ask() {
	for _, e := range []*testkit.Enrolled{w.one, w.two} {
		e.Asker = e.Exchange
	}
}

// cut takes the network from tills.
func cut(tills ...*testkit.Enrolled) {
	for _, e := range tills {
		e.Network.Disturb(func(hqsync.Request) testkit.Fault { return testkit.LoseRequest })
	}
}

func heal(tills ...*testkit.Enrolled) {
	for _, e := range tills {
		e.Network.Disturb(nil)
	}
}

// had wants a till to give a reward.
func (w *asks) had(e *testkit.Enrolled, reward string) *ledger.Entry {
	w.t.Helper()
	sold, err := w.sale(e, 5000, reward)
	if err != nil {
		w.t.Fatalf("%s: %v", reward, err)
	}
	return sold
}

// refuses wants a till to refuse a reward for a reason, and to sell without it.
func (w *asks) refuses(e *testkit.Enrolled, reward string, why loyalty.Reason) {
	w.t.Helper()
	_, err := w.sale(e, 5000, reward)
	var refused *loyalty.NoRedeem
	if !errors.As(err, &refused) || refused.Reason != why {
		w.t.Fatalf("%s: %v, want %q", reward, err, why)
	}
	_, err = w.sale(e, 5000)
	w.must(err)
}

// usedUp wants a till to know itself that a reward's limit is used up.
func (w *asks) usedUp(e *testkit.Enrolled, reward string) {
	w.t.Helper()
	_, err := w.sale(e, 5000, reward)
	if !errors.As(err, new(*loyalty.RewardRefused)) {
		w.t.Fatalf("%s: %v, want it refused", reward, err)
	}
}

// here says whether a till offers a reward, and can give it without asking.
func (w *asks) here(e *testkit.Enrolled, reward string) (offered, here bool) {
	w.t.Helper()
	q, err := e.Quote(context.Background(), w.Clock.Now(), checkout.Basket{
		Currency: "TRY", Lines: []ledger.Line{{Net: 5000, Gross: 5000, Quantity: 1}}, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed},
	})
	w.must(err)
	for _, o := range q.Offers {
		if o.ID == reward {
			return true, o.Here
		}
	}
	return false, false
}

func (w *asks) void(e *testkit.Enrolled, sold *ledger.Entry) {
	w.t.Helper()
	_, err := e.Void(context.Background(), w.Clock.Now(), checkout.Taking{
		Entry: e.NewEntry(), Of: ledger.SaleRef{Day: sold.Day, ID: sold.Sale.ID},
	})
	w.must(err)
}

// kept wants no limit to have been exceeded and nothing lost, and all books to be
// in order.
func (w *asks) kept() {
	w.t.Helper()
	for _, what := range []string{event.Loss, event.Beyond, event.Shortfall, event.Quarantined} {
		if told := w.Told(what); len(told) > 0 {
			w.t.Errorf("told: %+v", told)
		}
	}
	w.whole(w.one, w.two)
}

// passes lets days pass at headquarters, and at the tills that are named.
func (w *asks) passes(days int, tills ...*testkit.Enrolled) {
	w.t.Helper()
	for range days {
		w.Clock.Advance(23 * time.Hour)
		w.must(w.Work(context.Background()))
		for _, e := range tills {
			w.greet(e)
			w.drain(e)
			w.pull(e)
		}
	}
}

// Two tills without network: the gift is had at the one that holds its use, once;
// the other refuses it with words, and sells.
func TestGiftOnce(t *testing.T) {
	w := newGives(t)
	if offered, here := w.here(w.one, "gift"); !offered || !here {
		t.Errorf("at one: offered %v, here %v", offered, here)
	}
	if offered, here := w.here(w.two, "gift"); !offered || here {
		t.Errorf("at two: offered %v, here %v", offered, here)
	}
	status, err := w.Status(context.Background())
	if w.must(err); status.OpenUses != 1+2+300+1 {
		t.Errorf("%d uses are open", status.OpenUses)
	}
	cut(w.one, w.two)
	w.refuses(w.two, "gift", loyalty.NoUse)
	w.had(w.one, "gift")
	w.usedUp(w.one, "gift")
	w.usedUp(w.one, "card") // by the same limit
	w.refuses(w.two, "card", loyalty.NoUse)
	heal(w.one, w.two)
	w.exchange()
	w.usedUp(w.two, "gift")
	if offered, _ := w.here(w.two, "gift"); offered {
		t.Error("it is offered once more")
	}
	w.kept()
}

// A till that does not hold the use asks headquarters, which calls it back from
// the other; a moment later it is here, and no longer there.
func TestGiftCalledBack(t *testing.T) {
	w := newGives(t)
	w.refuses(w.two, "gift", loyalty.UseAway)
	w.exchange()
	cut(w.one)
	w.refuses(w.one, "gift", loyalty.NoUse)
	w.had(w.two, "gift")
	heal(w.one)
	w.exchange()
	w.usedUp(w.one, "gift")
	w.kept()
}

// What headquarters knows of and a till does not is refused in its words.
func TestGiftHadAlready(t *testing.T) {
	w := newGives(t)
	w.had(w.one, "gift")
	w.drain(w.one)
	w.must(w.Work(context.Background()))
	w.refuses(w.two, "gift", loyalty.UseUsedUp)
	w.kept()
}

// A hold of a gift stands before she pays, counts against others, and pays for it.
func TestGiftHeld(t *testing.T) {
	w := newGives(t)
	ctx := context.Background()
	m, _, err := w.one.Identify(ctx, e164)
	w.must(err)
	hold, err := w.one.Hold(ctx, w.Clock.Now(), checkout.Reserve{
		ID: w.one.NewHold(), SaleID: "held", Account: m.Account, Reward: "gift", Proof: ledger.Claimed,
	})
	w.must(err)
	cut(w.one)
	w.refuses(w.one, "card", loyalty.NoUse)
	w.Clock.Advance(10 * time.Minute)
	done, err := w.one.Complete(ctx, w.Clock.Now(), checkout.Basket{
		Entry: w.one.NewEntry(), SaleID: "held", Currency: "TRY", Holds: []ledger.HoldID{hold.ID},
		Lines: []ledger.Line{{Net: 5000, Gross: 5000, Quantity: 1}}, Who: checkout.Who{Account: m.Account, Proof: ledger.Claimed},
	})
	if w.must(err); done.Entry.Sale.Total != 4600 {
		t.Errorf("%+v", done.Entry.Sale)
	}
	heal(w.one)
	w.exchange()
	w.kept()
}

// A void gives the use back, and headquarters places it again; a return does not.
func TestGiftVoidedAndReturned(t *testing.T) {
	w := newGives(t)
	sold := w.had(w.one, "gift")
	w.void(w.one, sold)
	w.refuses(w.one, "gift", loyalty.UseUsedUp) // the right is spent, and headquarters has not heard
	w.exchange()
	sold = w.had(w.one, "gift")
	w.exchange()
	_, err := w.one.Return(context.Background(), w.Clock.Now(), checkout.Taking{
		Entry: w.one.NewEntry(), ID: "r1", Of: ledger.SaleRef{Day: sold.Day, ID: sold.Sale.ID}, Wish: loyalty.Wish{All: true}, Asked: []byte("r1"),
	})
	w.must(err)
	w.exchange()
	w.usedUp(w.one, "gift")
	w.usedUp(w.two, "gift")
	w.kept()
}

// A reward with a cost and limits takes points and a use of each, several at once
// where it repeats; a voucher that is bought under a limit is given at once.
func TestUsesBesideCost(t *testing.T) {
	w := newGives(t)
	dear := w.had(w.one, "dear")
	spent := map[ledger.Unit]ledger.Points{}
	for _, p := range dear.Postings {
		if _, right := p.From.Right(); right {
			spent[p.Unit] += p.Amount
		}
	}
	if fmt.Sprint(spent) != "map[points:100 use.budget:100 use.treats:1]" {
		t.Errorf("spent %v", spent)
	}
	bought := w.had(w.one, "later")
	if len(bought.Pledges) != 0 || !bought.Sale.Rewards[0].Bought {
		t.Errorf("%+v", bought)
	}
	w.usedUp(w.one, "treat")
	w.exchange()
	w.had(w.one, "later") // by the voucher, which needs no use
	w.usedUp(w.two, "treat")
	w.exchange()
	w.passes(8, w.one, w.two)
	sold, err := w.one.Complete(context.Background(), w.Clock.Now(), checkout.Basket{
		Entry: w.one.NewEntry(), SaleID: "twice", Currency: "TRY", Redeem: []loyalty.Redemption{{Reward: "treat", Times: 2}},
		Lines: []ledger.Line{{Net: 5000, Gross: 5000, Quantity: 1}}, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed},
	})
	if w.must(err); sold.Entry.Sale.Total != 4800 {
		t.Errorf("%+v", sold.Entry.Sale)
	}
	w.exchange()
	w.kept()
}

// What a rule gives under a limit is taken back where another till may still draw
// on it, and kept where the till that gave it holds the use itself.
func TestRuleBesideUse(t *testing.T) {
	w := newGives(t)
	_, err := w.sale(w.two, 60_000) // extra, while its use is at one
	w.must(err)
	w.exchange()
	if n := len(w.Told(event.Cap)); n != 1 {
		t.Errorf("told %d times", n)
	}
	w.passes(1, w.one, w.two)
	_, err = w.sale(w.two, 60_000) // the lane used last holds it now
	w.must(err)
	w.exchange()
	w.usedUp(w.two, "bonus")
	if n := len(w.Told(event.Cap)); n != 1 {
		t.Errorf("told %d times", n)
	}
	w.kept()
}

// The use of a till that is lost comes back after its time and the grace, and is
// had elsewhere. What the lost till gave is accepted, and the program's loss.
func TestGiftAtLostTill(t *testing.T) {
	w := newGives(t)
	cut(w.one)
	late := w.had(w.one, "gift")
	w.passes(9, w.two)
	w.refuses(w.two, "gift", loyalty.UseAway)
	w.passes(2, w.two)
	if n := len(w.Told(event.Unproven)); n == 0 {
		t.Error("nothing was reclaimed")
	}
	w.had(w.two, "gift")
	w.exchangeOf(w.two)
	w.kept()

	heal(w.one)
	w.greet(w.one)
	w.exchange()
	loss := w.Told(event.Loss)
	if len(loss) != 1 || loss[0].Amount != 1 || loss[0].Worth != 400 || len(w.Told(event.Beyond)) != 1 {
		t.Errorf("loss %+v, beyond %+v", loss, w.Told(event.Beyond))
	}
	w.whole(w.one, w.two)
	w.void(w.one, late) // what it lost is not lost any more
	w.exchange()
	w.usedUp(w.one, "gift")
	w.whole(w.one, w.two)
}

// exchangeOf lets one till tell and hear everything.
func (w *asks) exchangeOf(e *testkit.Enrolled) {
	w.t.Helper()
	for range 2 {
		w.drain(e)
		w.pull(e)
	}
}

// A use of a year ends with it: another stands for the next, wherever the first
// one is.
func TestGiftOfTheYear(t *testing.T) {
	w := newGives(t)
	w.Clock.Advance(-w.Clock.Now().Sub(time.Date(2026, 12, 31, 9, 0, 0, 0, time.UTC)))
	w.must(w.ConfirmClock(context.Background()))
	for _, e := range []*testkit.Enrolled{w.one, w.two} {
		w.greet(e)
	}
	_, err := w.sale(w.one, 1000)
	w.must(err)
	w.exchange()
	w.exchange() // what had lapsed is given back, and placed again
	cut(w.one)
	w.Clock.Advance(13 * time.Hour) // past midnight in Istanbul
	w.refuses(w.one, "gift", loyalty.NoUse)
	w.had(w.two, "gift")
	heal(w.one)
	w.exchange()
	w.usedUp(w.one, "gift")
	w.kept()
}

// A restored headquarters hears of the uses that it forgot before it places any.
func TestGiftRestored(t *testing.T) {
	w := newGives(t)
	w.had(w.one, "gift")
	w.exchange()
	backup := w.Backup()
	w.passes(8, w.one, w.two)
	w.Clock.Advance(-0)
	w.refuses(w.two, "bonus", loyalty.UseAway)
	w.exchange() // it is at two from now on, which the backup does not know
	w.Headquarters = w.Headquarters.Restore(backup)
	w.Move(w.one)
	w.Move(w.two)
	w.greet(w.one)
	w.exchangeOf(w.one)
	w.refuses(w.one, "bonus", loyalty.UseUsedUp) // headquarters waits for the other
	cut(w.two)
	w.had(w.two, "bonus")
	heal(w.two)
	w.greet(w.two)
	w.exchange()
	w.usedUp(w.one, "bonus")
	w.usedUp(w.two, "gift")
	w.kept()
}
