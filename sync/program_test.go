package sync_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// asking is a program that asks what a member did before.
const asking = `
program: asking
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}, spend: {spendable: false}}
tiers: {of: spend, window: calendar_year, keep: next_window, levels: {basic: 0, gold: 100000}}
limits: {daily: {uses: 1, every: calendar_day}, gift: {uses: 1, every: calendar_year}}
rules:
  - {id: base,  on: sale, each: line, give: {points: 1/100, spend: 1/1}}
  - {id: gold,  on: sale, when: 'member.tier == "gold"', give: {points: 100}}
  - {id: daily, on: sale, limit: daily, give: {points: 7}}
  - {id: plus,  on: sale, when: '"plus" in member.statuses', give: {points: 50}}
  - {id: join,  on: join, status: {plus: P12M}}
  - {id: taste, on: tasting, issue: coffee}
rewards:
  - {id: ten,      cost: {points: 500}, benefit: {discount: 1000}, voucher: P90D}
  - {id: coffee,   grant_only: true, benefit: {discount: 300}, voucher: P30D}
  - {id: birthday, when: 'member.birth_month == now.month', limit: gift, benefit: {discount: 400}}
offline: {share: 1/1, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

// asks is a headquarters with two tills under the program, and the number of a
// member both know.
type asks struct {
	*world
	one, two *testkit.Enrolled
}

func newAsks(t *testing.T) *asks {
	w := &asks{world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, asking)), t: t}}
	w.one, w.two = w.till(), w.till()
	_, _, err := w.one.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: "ana", Phone: e164, BirthMonth: 11})
	w.must(err)
	w.exchange()
	return w
}

// exchange lets both tills tell and hear everything.
func (w *asks) exchange() {
	w.t.Helper()
	for range 2 {
		for _, e := range []*testkit.Enrolled{w.one, w.two} {
			w.drain(e)
			w.pull(e)
		}
	}
}

func (w *asks) sale(e *testkit.Enrolled, amount ledger.Minor, redeem ...string) (*ledger.Entry, error) {
	w.sales++
	completed, err := e.Complete(context.Background(), w.Clock.Now(), checkout.Basket{
		Entry: e.NewEntry(), SaleID: fmt.Sprint("s", w.sales), Currency: "TRY", Redeem: testkit.Once(redeem...),
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}}, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed},
	})
	return completed.Entry, err
}

// gives wants a sale to give so many points by rules beside the base.
func (w *asks) gives(e *testkit.Enrolled, want map[string]ledger.Points, redeem ...string) *ledger.Entry {
	w.t.Helper()
	sold, err := w.sale(e, 5000, redeem...)
	w.must(err)
	got := map[string]ledger.Points{}
	for _, p := range sold.Postings {
		if p.Rule != "" && p.Rule != "base" {
			got[p.Rule] += p.Amount
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("gave %v, want %v", got, want)
	}
	return sold
}

func (w *asks) do(e *testkit.Enrolled, on, ref string) {
	w.t.Helper()
	_, err := e.Do(context.Background(), w.Clock.Now(), checkout.Activity{
		Activity: ledger.Activity{On: on, Ref: ref}, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed}, Asked: []byte(ref),
	})
	w.must(err)
}

// What one till sold and granted counts at the other once headquarters told it,
// and at itself all along: while it is unsent, sent and counted.
func TestProgramAcrossTills(t *testing.T) {
	w := newAsks(t)
	type gives = map[string]ledger.Points
	sold, err := w.sale(w.one, 100_000)
	w.must(err)
	if sold.Told.Balance != 1007 {
		t.Errorf("told %+v", sold.Told)
	}
	w.do(w.one, "join", "j-1")
	w.gives(w.one, gives{"gold": 100, "plus": 50})
	w.gives(w.two, gives{"daily": 7}) // it has not heard
	w.drain(w.one)
	w.gives(w.one, gives{"gold": 100, "plus": 50})
	w.exchange()
	w.gives(w.one, gives{"gold": 100, "plus": 50})
	w.gives(w.two, gives{"gold": 100, "plus": 50})
	w.Clock.Advance(24 * time.Hour)
	w.gives(w.two, gives{"gold": 100, "plus": 50, "daily": 7})
	w.exchange()
	w.gives(w.one, gives{"gold": 100, "plus": 50})
	w.exchange()
	for _, e := range []*testkit.Enrolled{w.one, w.two} {
		m, _, err := e.Identify(context.Background(), e164)
		w.must(err)
		if m.State.Visits != 8 || m.Profile.BirthMonth != 11 {
			t.Errorf("%d visits, month %d", m.State.Visits, m.Profile.BirthMonth)
		}
	}
}

// A voucher that a till gave, and one that it sold, are headquarters' to place,
// and are used where it placed them; a gift is had once in the chain that knows
// of it.
func TestVouchersThereAndBack(t *testing.T) {
	w := newAsks(t)
	_, err := w.sale(w.one, 60_000)
	w.must(err)
	w.do(w.one, "tasting", "t-1")
	w.exchange()
	bought := w.gives(w.one, nil, "ten", "coffee", "birthday")
	if bought.Sale.Total != 5000-300-400 {
		t.Errorf("%+v", bought.Sale)
	}
	w.exchange()
	used := w.gives(w.one, nil, "ten")
	if !used.Sale.Rewards[0].Voucher || used.Sale.Total != 4000 {
		t.Errorf("%+v", used.Sale)
	}
	var refused *loyalty.RewardRefused
	for _, e := range []*testkit.Enrolled{w.one, w.two} {
		if _, err := w.sale(e, 5000, "birthday"); !errors.As(err, &refused) {
			t.Errorf("a second gift: %v", err)
		}
	}
	w.exchange()
	w.must(w.Work(context.Background()))
	status, err := w.Status(context.Background())
	w.must(err)
	if status.Unprojected != 0 || status.Quarantined != 0 {
		t.Errorf("headquarters: %+v", status)
	}
	member, err := w.MemberByPhone(context.Background(), e164)
	w.must(err)
	for _, b := range member.Balances {
		if _, voucher := b.Unit.Voucher(); voucher && (b.Available != 0 || b.Escrowed != 0) {
			t.Errorf("left at headquarters: %+v", b)
		}
	}
}
