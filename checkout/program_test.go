package checkout_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// club asks of a member what a program can ask.
const club = `
program: club
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units:
  points: {}
  spend:  {spendable: false}
tiers: {of: spend, window: calendar_year, keep: next_window, levels: {basic: 0, gold: 100000}}
limits:
  gift:  {uses: 1, every: calendar_year}
  daily: {uses: 1, every: calendar_day}
  once:  {uses: 1, every: ever}
rules:
  - {id: base,    on: sale, each: line, give: {points: 1/100, spend: 1/1}}
  - {id: gold,    on: sale, when: 'member.tier == "gold"', give: {points: 1/100}}
  - {id: plus,    on: sale, each: line, when: 'line.sku == "PLUS"', status: {plus: P12M}}
  - {id: member,  on: sale, when: '"plus" in member.statuses', give: {points: 2/100}}
  - {id: daily,   on: sale, limit: daily, give: {points: 7}}
  - {id: visit,   on: check_in, limit: daily, give: {points: 5}}
  - {id: tasting, on: tasting, issue: coffee}
  - {id: first,   on: app, limit: once, issue: coffee}
  - {id: friend,  on: referral, to: referrer, give: {points: 25}}
  - {id: host,    on: referral, to: referrer, issue: coffee}
rewards:
  - {id: ten,      cost: {points: 500}, benefit: {discount: 1000}, voucher: P90D}
  - {id: pay,      cost: {points: 1}, benefit: {discount: 1}, repeat: true}
  - {id: coffee,   grant_only: true, benefit: {discount: 300}, voucher: P30D}
  - {id: birthday, when: 'member.birth_month == now.month', limit: gift, benefit: {discount: 400}}
  - {id: scarce,   cost: {points: 1}, limit: once, benefit: {discount: 1}}
  - {id: winter,   cost: {points: 1}, when: 'now.month == 1', benefit: {discount: 1}}
  - {id: card,     cost: {points: 5000}, auto: true, benefit: {gift_card: 50}}
  - {id: hunger,   cost: {points: 100}, benefit: {donate: 100, to: food_bank}}
  - {id: lounge,   benefit: {access: lounge}}
offline: {share: 1/1, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

// clubhouse is a till under the club's program, which knows ana as the feed
// brought her.
type clubhouse struct {
	*testkit.Till
	t     *testing.T
	ana   ledger.AccountID
	sales int
}

func newClubhouse(t *testing.T, state loyalty.State, balances ...ledger.Balance) *clubhouse {
	t.Helper()
	c := &clubhouse{t: t, Till: testkit.NewTill(t, testkit.Load(t, club))}
	c.ana = c.NewAccount()
	c.feed(state, balances...)
	return c
}

// feed is headquarters' word of ana, which counts all that this till sent.
func (c *clubhouse) feed(state loyalty.State, balances ...ledger.Balance) {
	c.t.Helper()
	text, err := json.Marshal(state)
	if err != nil {
		c.t.Fatal(err)
	}
	head, err := c.Store.Head(context.Background())
	if err != nil {
		c.t.Fatal(err)
	}
	for i := range balances {
		balances[i].Program = "club"
	}
	c.Feed(ledger.AccountState{
		Account: c.ana, Name: "A***", State: text, BirthMonth: 11, Balances: balances, AsOf: ledger.MillisOf(c.Clock.Now()),
		Applied: []ledger.Place{{Terminal: c.Terminal, Epoch: head.Epoch, Branch: head.Branch, Seq: head.Seq}},
	})
}

func (c *clubhouse) basket(amount ledger.Minor, redeem ...loyalty.Redemption) checkout.Basket {
	c.sales++
	id := fmt.Sprint("s", c.sales)
	return checkout.Basket{
		Entry: c.NewEntry(), SaleID: id, Currency: "TRY", Asked: []byte(id), Redeem: redeem,
		Lines: []ledger.Line{{SKU: "milk", Net: amount, Gross: amount, Quantity: 1}},
		Who:   checkout.Who{Account: c.ana, Proof: ledger.Claimed},
	}
}

func (c *clubhouse) complete(b checkout.Basket) (*ledger.Entry, error) {
	c.t.Helper()
	completed, err := c.Complete(context.Background(), c.Clock.Now(), b)
	return completed.Entry, err
}

func (c *clubhouse) sell(amount ledger.Minor, redeem ...loyalty.Redemption) *ledger.Entry {
	c.t.Helper()
	e, err := c.complete(c.basket(amount, redeem...))
	if err != nil {
		c.t.Fatal(err)
	}
	return e
}

func (c *clubhouse) refused(reward string) {
	c.t.Helper()
	var refused *loyalty.RewardRefused
	if _, err := c.complete(c.basket(5000, testkit.Once(reward)...)); !errors.As(err, &refused) {
		c.t.Errorf("%s: %v, want it refused", reward, err)
	}
}

func (c *clubhouse) do(on, ref string, referrer ledger.AccountID) (*ledger.Entry, error) {
	c.t.Helper()
	done, err := c.Do(context.Background(), c.Clock.Now(), checkout.Activity{
		Activity: ledger.Activity{On: on, Ref: ref}, Referrer: referrer,
		Who: checkout.Who{Account: c.ana, Proof: ledger.Claimed}, Asked: []byte(on + ref),
	})
	return done.Entry, err
}

// points is what an entry gives of them by a rule.
func points(e *ledger.Entry, rule string) (sum ledger.Points) {
	for _, p := range e.Postings {
		if p.Unit == testkit.Points && p.Rule == rule {
			sum += p.Amount
		}
	}
	return sum
}

func (c *clubhouse) wants(e *ledger.Entry, rule string, want ledger.Points) {
	c.t.Helper()
	if got := points(e, rule); got != want {
		c.t.Errorf("rule %s gave %d, want %d", rule, got, want)
	}
}

func (c *clubhouse) member() loyalty.Member {
	c.t.Helper()
	m, err := c.Store.Member(context.Background(), c.ana)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// A tier that headquarters told multiplies points offline, and one that is
// reached here does from the next sale on.
func TestTierOffline(t *testing.T) {
	gold := newClubhouse(t, loyalty.State{Joined: "2025-03-01", Kept: map[string]ledger.Date{"gold": "2028-01-01"}})
	gold.wants(gold.sell(5000), "gold", 50)

	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01", Progress: map[ledger.Unit][]loyalty.Drawn{"spend": {{Day: "2026-05-01", Amount: 60_000}}}})
	c.wants(c.sell(40_000), "gold", 0)
	if tier := c.Tier(c.Clock.Now(), c.member()); tier != "gold" {
		t.Errorf("tier %q", tier)
	}
	c.wants(c.sell(5000), "gold", 50)
	c.Till = c.Reopen()
	c.wants(c.sell(5000), "gold", 50)
}

// A limit used here holds at once, after a restart, and once headquarters has
// counted it; a void gives it back.
func TestLimitHolds(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"})
	first := c.basket(1000)
	sold, err := c.complete(first)
	if err != nil {
		t.Fatal(err)
	}
	c.wants(sold, "daily", 7)
	c.wants(c.sell(1000), "daily", 0)
	c.Till = c.Reopen()
	c.wants(c.sell(1000), "daily", 0)
	c.feed(loyalty.State{Joined: "2025-03-01", Visits: 3, Limits: map[string][]loyalty.Drawn{"daily": {{Day: "2026-11-22", Uses: 1}}}},
		ledger.Balance{Unit: testkit.Points, Available: 37})
	c.wants(c.sell(1000), "daily", 0)
	if visits := c.member().State.Visits; visits != 4 {
		t.Errorf("%d visits", visits)
	}
	if _, err := c.Void(t.Context(), c.Clock.Now(), checkout.Taking{
		Entry: c.NewEntry(), Of: ledger.SaleRef{Day: sold.Day, ID: first.SaleID},
	}); err != nil {
		t.Fatal(err)
	}
	if visits := c.member().State.Visits; visits != 3 {
		t.Errorf("%d visits after a void", visits)
	}
	c.wants(c.sell(1000), "daily", 7)
	c.Clock.Advance(24 * time.Hour)
	c.wants(c.sell(1000), "daily", 7)
}

// Two sales of one member at the same time draw on a limit one after the other.
func TestLimitAtTheSameTime(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"})
	const both = 8
	sold := make(chan *ledger.Entry, both)
	for range both {
		b := c.basket(1000)
		go func() {
			completed, err := c.Complete(context.Background(), c.Clock.Now(), b)
			if err != nil {
				t.Error(err)
			}
			sold <- completed.Entry
		}()
	}
	var given ledger.Points
	for range both {
		if e := <-sold; e != nil {
			given += points(e, "daily")
		}
	}
	if given != 7 {
		t.Errorf("the daily rule gave %d", given)
	}
}

// A status that is sold holds from the next sale on, until its line comes back.
func TestStatusSold(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"})
	b := c.basket(5000)
	b.Lines = append(b.Lines, ledger.Line{SKU: "PLUS", Net: 9900, Gross: 9900, Quantity: 1})
	e, err := c.complete(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]ledger.StatusGrant{{Status: "plus", Period: "P12M", Rule: "plus", Line: new(1)}}, e.Statuses); diff != "" {
		t.Error(diff)
	}
	c.wants(e, "member", 0)
	c.wants(c.sell(5000), "member", 100)
	m := c.member()
	if ends := m.State.StatusEnds("2026-11-22"); ends["plus"] != "2027-11-22" {
		t.Errorf("plus ends %v", ends)
	}
	if _, err := c.Return(t.Context(), c.Clock.Now(), checkout.Taking{
		Entry: c.NewEntry(), ID: "r1", Of: ledger.SaleRef{Day: e.Day, ID: b.SaleID}, Wish: loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 1}}}, Asked: []byte("r1"),
	}); err != nil {
		t.Fatal(err)
	}
	c.wants(c.sell(5000), "member", 0)
}

// The birthday's gift is had once in its month, by the use of its limit that
// headquarters set aside for this till.
func TestBirthdayOnce(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"})
	c.Place(c.ana, ledger.UseUnit("gift"), 2)
	e := c.sell(5000, testkit.Once("birthday")...)
	if e.Sale.Total != 4600 || e.Sale.Rewards[0].Hold.IsZero() {
		t.Errorf("%+v", e.Sale)
	}
	c.refused("birthday")
	c.Till = c.Reopen()
	c.refused("birthday")
	c.Clock.Advance(10 * 24 * time.Hour) // December
	c.Greet()
	c.refused("birthday")
}

// A voucher that is bought is no discount; it is used, and not bought once
// more, when headquarters has placed it here.
func TestVoucherBoughtAndUsed(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"}, ledger.Balance{Unit: testkit.Points, Escrowed: 700})
	c.Place(c.ana, testkit.Points, 700)
	const unit = ledger.Unit("voucher.ten")

	e := c.sell(5000, testkit.Once("ten")...)
	if e.Sale.Total != 5000 || !e.Sale.Rewards[0].Bought || e.Pledges != nil {
		t.Errorf("%+v, pledges %v", e.Sale, e.Pledges)
	}
	if b := c.member().Balance(unit); b.Shown != 1 || b.Spendable != 0 {
		t.Errorf("balance %+v", b)
	}
	var refused *loyalty.NoRedeem
	if _, err := c.complete(c.basket(5000, testkit.Once("ten")...)); !errors.As(err, &refused) || refused.Reason != loyalty.VoucherAway {
		t.Errorf("another one is bought while hers is not here: %v", err)
	}
	c.feed(loyalty.State{Joined: "2025-03-01"}, ledger.Balance{Unit: testkit.Points, Escrowed: 200}, ledger.Balance{Unit: unit, Escrowed: 1})
	c.Place(c.ana, unit, 1)

	hold, err := c.Hold(t.Context(), c.Clock.Now(), checkout.Reserve{ID: c.NewHold(), SaleID: "held", Account: c.ana, Reward: "ten", Proof: ledger.Claimed})
	if err != nil || hold.Unit != unit || hold.Amount != 1 {
		t.Fatalf("hold %+v, %v", hold, err)
	}
	held := c.basket(5000)
	held.SaleID, held.Holds = "held", []ledger.HoldID{hold.ID}
	if e, err = c.complete(held); err != nil {
		t.Fatal(err)
	}
	if e.Sale.Total != 4000 || !e.Sale.Rewards[0].Voucher {
		t.Errorf("%+v", e.Sale)
	}
	if b := c.member().Balance(unit); b.Shown != 0 || b.Spendable != 0 {
		t.Errorf("balance %+v", b)
	}
	if b := c.member().Balance(testkit.Points); b.Spendable != 200 {
		t.Errorf("points %+v", b)
	}
}

// A void takes back the voucher that its sale had bought, and gives back what
// that had cost; a return of all does neither.
func TestVoidOfBought(t *testing.T) {
	for _, all := range []bool{true, false} {
		c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"}, ledger.Balance{Unit: testkit.Points, Escrowed: 500})
		c.Place(c.ana, testkit.Points, 500)
		e := c.sell(5000, testkit.Once("ten")...)
		taking := checkout.Taking{Entry: c.NewEntry(), Of: ledger.SaleRef{Day: e.Day, ID: e.Sale.ID}, Wish: loyalty.Wish{All: true}, ID: "r1"}
		take := c.Void
		if !all {
			take = c.Return
		}
		if _, err := take(t.Context(), c.Clock.Now(), taking); err != nil {
			t.Fatal(err)
		}
		vouchers, back := c.member().Balance("voucher.ten").Shown, c.member().Balance(testkit.Points).Shown
		if all && (vouchers != 0 || back != 500) || !all && (vouchers != 1 || back != 0) {
			t.Errorf("void %v: %d vouchers, %d points", all, vouchers, back)
		}
	}
}

// Nothing is set aside of a reward that the sale could not have in any case.
func TestNoHold(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01", Limits: map[string][]loyalty.Drawn{"once": {{Day: "2026-01-01", Uses: 1}}}})
	c.Place(c.ana, testkit.Points, 700)
	for reward, want := range map[string]string{
		"lounge": "take it when the sale is complete", "coffee": "she holds none", "scarce": "limit once is used up",
		"winter": "only in January", "card": "comes by itself",
	} {
		_, err := c.Hold(t.Context(), c.Clock.Now(), checkout.Reserve{ID: c.NewHold(), SaleID: "s", Account: c.ana, Reward: reward, Proof: ledger.Claimed})
		var refused *loyalty.RewardRefused
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, want) {
			t.Errorf("%s: %v", reward, err)
		}
	}
}

// Several rewards in one sale, of one as many as are wanted; what is no discount
// takes nothing off.
func TestSeveralRewards(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"}, ledger.Balance{Unit: testkit.Points, Escrowed: 700})
	c.Place(c.ana, testkit.Points, 700)
	c.Place(c.ana, ledger.UseUnit("gift"), 1)
	hold, err := c.Hold(t.Context(), c.Clock.Now(), checkout.Reserve{ID: c.NewHold(), SaleID: "s1", Account: c.ana, Reward: "pay", Times: 250, Proof: ledger.Claimed})
	if err != nil {
		t.Fatal(err)
	}
	b := c.basket(5000, append(testkit.Once("birthday", "hunger"), loyalty.Redemption{Reward: "pay", Times: 100})...)
	b.Holds = []ledger.HoldID{hold.ID}
	e, err := c.complete(b)
	if err != nil {
		t.Fatal(err)
	}
	if e.Sale.Total != 5000-250-400-100 || c.member().Balance(testkit.Points).Spendable != 250 {
		t.Errorf("%+v, %+v", e.Sale, c.member().Balances)
	}
	if gift := e.Sale.Rewards[2]; gift.Benefit != "donate" || gift.Value != 100 || gift.To != "food_bank" || gift.Discount != 0 {
		t.Errorf("donation %+v", gift)
	}
}

// An activity counts once, for its member and within its limits.
func TestActivity(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"})
	claimed := checkout.Who{Proof: ledger.Claimed}
	first, err := c.do("check_in", "c-1", ledger.AccountID{})
	if err != nil {
		t.Fatal(err)
	}
	c.wants(first, "visit", 5)
	again, err := c.do("check_in", "c-1", ledger.AccountID{})
	if err != nil || again.ID != first.ID {
		t.Errorf("again %v, %v", again, err)
	}
	second, err := c.do("check_in", "c-2", ledger.AccountID{})
	if err != nil {
		t.Fatal(err)
	}
	c.wants(second, "visit", 0)
	c.wants(c.sell(1000), "daily", 0) // the limit is shared
	if _, err := c.do("chek_in", "c-3", ledger.AccountID{}); !errors.Is(err, checkout.ErrNoActivity) {
		t.Errorf("an activity no rule is about: %v", err)
	}
	if _, err := c.Do(t.Context(), c.Clock.Now(), checkout.Activity{Activity: ledger.Activity{On: "check_in", Ref: "c-1"}, Who: claimed, Asked: []byte("other")}); !errors.Is(err, checkout.ErrActivityConflict) {
		t.Errorf("another body: %v", err)
	}
	if _, err := c.Do(t.Context(), c.Clock.Now(), checkout.Activity{Activity: ledger.Activity{On: "check_in", Ref: "c-4"}, Who: claimed}); !errors.Is(err, checkout.ErrNobody) {
		t.Errorf("of nobody: %v", err)
	}
	if _, err := c.Do(t.Context(), c.Clock.Now(), checkout.Activity{Activity: ledger.Activity{On: "check_in", Ref: "c-5"}, Who: checkout.Who{Account: c.ana}}); !errors.Is(err, checkout.ErrWeakProof) {
		t.Errorf("without proof: %v", err)
	}
}

// A voucher that a limit or another account decides is promised, not issued.
func TestPledges(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01"})
	tasted, err := c.do("tasting", "t-1", ledger.AccountID{})
	if err != nil || len(tasted.Postings) != 1 || tasted.Pledges != nil {
		t.Errorf("a voucher that nothing bounds: %+v, %v", tasted, err)
	}
	app, err := c.do("app", "a-1", ledger.AccountID{})
	if err != nil || app.Postings != nil || !cmp.Equal(app.Pledges, []ledger.Pledge{{Reward: "coffee", Rule: "first"}}) {
		t.Errorf("a voucher within a limit: %+v, %v", app, err)
	}
	bo := c.NewAccount()
	c.Feed(ledger.AccountState{Account: bo, Name: "B***", AsOf: 1})
	told, err := c.do("referral", "r-1", bo)
	if err != nil {
		t.Fatal(err)
	}
	if r := told.Referral; r == nil || r.Account != bo || len(r.Postings) != 1 || len(r.Pledges) != 1 || told.Postings != nil {
		t.Errorf("referral %+v", told.Referral)
	}
	if _, err := c.do("referral", "r-2", c.ana); err == nil {
		t.Error("she referred herself")
	}
}

// Who is nobody's member is evaluated as one who has just joined.
func TestNobody(t *testing.T) {
	c := newClubhouse(t, loyalty.State{Joined: "2025-03-01", Kept: map[string]ledger.Date{"gold": ""}})
	for _, who := range []checkout.Who{{}, {Phone: "05059876543", Proof: ledger.Claimed}} {
		b := c.basket(5000)
		b.Who = who
		e, err := c.complete(b)
		if err != nil {
			t.Fatal(err)
		}
		c.wants(e, "gold", 0)
		c.wants(e, "base", 50)
	}
}
