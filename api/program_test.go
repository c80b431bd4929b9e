package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// rich is a program of which the API has much to tell.
const rich = `
program: rich
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}, cash: {money: true, pending: P30D}}
tiers: {of: points, window: ever, keep: P12M, levels: {basic: 0, gold: 1000}}
limits: {gift: {uses: 1, every: calendar_year}}
rules:
  - {id: base,  on: sale, each: line, give: {points: 1/100, cash: 5/100}}
  - {id: gold,  on: sale, when: 'member.tier == "gold"', give: {points: 100}}
  - {id: plus,  on: sale, each: line, when: 'line.sku == "PLUS"', status: {plus: P360D}}
  - {id: fuel,  on: sale, when: '"fuel" in basket.departments && basket.partner == "oil"', give: {points: 3}}
  - {id: taste, on: tasting, issue: coffee, give: {points: 5}}
  - {id: app,   on: app, limit: gift, issue: coffee}
rewards:
  - {id: pay,    cost: {points: 1}, benefit: {discount: 1}, repeat: true}
  - {id: ten,    cost: {points: 400}, benefit: {discount: 1000}, voucher: P90D}
  - {id: coffee, grant_only: true, benefit: {item: coffee, max: 300}, voucher: P30D}
  - {id: hunger, cost: {points: 100}, benefit: {donate: 100, to: food_bank}}
  - {id: card,   cost: {points: 200}, benefit: {gift_card: 250}}
  - {id: lounge, when: 'member.tier == "gold"', benefit: {access: lounge}}
offline: {share: 1/1, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

func member(more string) string {
	return `{"currency_code":"TRY","line_items":[{"sku":"milk","extended_amount":5000}],"member":{"phone":"05321234567"}` + more + `}`
}

// lastDay is the last of so many days, today the first.
func (s *shop) lastDay(days int) string {
	return time.Now().In(s.Zone).AddDate(0, 0, days-1).Format(time.DateOnly)
}

// A quote tells offers with what they are, why there are no others, and of each
// rule that gives nothing what says no.
func TestQuoteTellsWhy(t *testing.T) {
	s := newShopOf(t, testkit.Load(t, rich))
	s.Place(s.ana, "voucher.coffee", 1)
	q := read[api.Quote](s, s.ask("POST", "/v1/quote", member(`,"departments":["fuel"],"redeem":[{"reward":"pay","times":250},"hunger"]`)))
	if q.Total != 4750 || q.Discount != 250 {
		t.Errorf("total %d, discount %d", q.Total, q.Discount)
	}
	if diff := cmp.Diff([]api.NotEarned{
		{Rule: "fuel", Because: "only at partner oil"}, {Rule: "gold", Because: "only for members at level gold"}, {Rule: "plus", Because: "only on item PLUS"},
	}, q.NotEarned); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]api.Offer{
		{Reward: "pay", Unit: "points", Cost: 1, Discount: 1, Times: 350, Here: true, Benefit: "discount", Value: 1},
		{Reward: "card", Unit: "points", Cost: 200, Times: 1, Here: true, Benefit: "gift_card", Value: 250},
	}, q.Offers); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]api.NotOffered{
		{"ten", "costs 400 points"}, {"coffee", "there is no coffee in the basket"}, {"hunger", "once per sale"}, {"lounge", "only for members at level gold"},
	}, q.NotOffered); diff != "" {
		t.Error(diff)
	}
}

// A sale tells all that it gave and took: the answer is the same again.
func TestCompleteTellsAll(t *testing.T) {
	s := newShopOf(t, testkit.Load(t, rich))
	const body = `{"business_day_date":"2026-11-22","currency_code":"TRY","departments":["fuel"],"partner":"oil",
		"line_items":[{"sku":"PLUS","extended_amount":9900}],"member":{"phone":"05321234567"},
		"redeem":["ten",{"reward":"hunger"},"card"]}`
	first := s.complete("s1", body)
	told := read[api.Completed](s, first)
	if told.Earned != 99+3 || told.Pending != 0 || told.Total != 9900 || told.Redeemed != 700 {
		t.Errorf("told %s", first.body)
	}
	if diff := cmp.Diff([]api.Taken{
		{Reward: "ten", Times: 1, Voucher: "bought"},
		{Reward: "hunger", Times: 1, Benefit: "donate", Value: 100, To: "food_bank"},
		{Reward: "card", Times: 1, Benefit: "gift_card", Value: 250},
	}, told.Rewards); diff != "" {
		t.Error(diff)
	}
	want := api.Gains{Statuses: []api.Granted{{Status: "plus", Period: "P360D"}}, Vouchers: []api.Received{{Reward: "ten", LastDay: s.lastDay(90)}}}
	if diff := cmp.Diff(want, told.Gains); diff != "" {
		t.Error(diff)
	}
	if again := s.complete("s1", strings.Replace(body, `{"reward":"hunger"}`, `"hunger"`, 1)); again.body != first.body {
		t.Errorf("again %s", again.body)
	}
	known := read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", `{"phone":"05321234567"}`))
	if known.Tier != "basic" || !cmp.Equal(known.Statuses, []api.Status{{Status: "plus", LastDay: s.lastDay(360)}}) ||
		!cmp.Equal(known.Vouchers, []api.Voucher{{Reward: "ten", Count: 1}}) || len(known.Balances) != 2 || known.Balances[1].Pending != 495 {
		t.Errorf("%+v", known)
	}
}

// A reward is set aside as often as it is wanted; of one that costs nothing
// there is nothing to set aside.
func TestHoldTimes(t *testing.T) {
	s := newShopOf(t, testkit.Load(t, rich))
	hold := func(reward string, more string) answer {
		return s.ask("POST", "/v1/holds", `{"hold_id":"`+uuid+`0","sale_id":"s1","member":{"phone":"05321234567"},"reward":"`+reward+`"`+more+`}`)
	}
	if a := hold("lounge", ""); a.StatusCode != http.StatusConflict || !strings.Contains(a.body, "take it when the sale is complete") {
		t.Errorf("%d: %s", a.StatusCode, a.body)
	}
	held := read[api.Held](s, hold("pay", `,"times":300`))
	if held.Amount != 300 || held.Discount != 300 || held.Unit != "points" || held.Voucher {
		t.Errorf("%+v", held)
	}
	s.problem(hold("pay", `,"times":200`), http.StatusConflict)
	told := read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"05321234567"},"holds":["`+uuid+`0"]`)))
	if told.Discount != 300 {
		t.Errorf("%+v", told)
	}
}

// An activity is told once, to whoever may have it.
func TestActivities(t *testing.T) {
	s := newShopOf(t, testkit.Load(t, rich))
	tasting := `{"on":"tasting","ref":"t-1","member":{"phone":"05321234567"}}`
	first := s.ask("POST", "/v1/activities", tasting)
	told := read[api.Done](s, first)
	if !cmp.Equal(told.Earned, []api.Earned{{Unit: "points", Earned: 5}}) || told.Balance.Balance != 705 ||
		!cmp.Equal(told.Vouchers, []api.Received{{Reward: "coffee", LastDay: s.lastDay(30)}}) {
		t.Errorf("told %s", first.body)
	}
	if again := s.ask("POST", "/v1/activities", tasting); again.body != first.body {
		t.Errorf("again %s", again.body)
	}
	s.problem(s.ask("POST", "/v1/activities", strings.Replace(tasting, "}}", `},"value":7}`, 1)), http.StatusConflict)
	s.problem(s.ask("POST", "/v1/activities", `{"on":"tasting","ref":"t-2","member":{}}`), http.StatusUnprocessableEntity)
	app := read[api.Done](s, s.ask("POST", "/v1/activities", `{"on":"app","ref":"a-1","member":{"phone":"05321234567"}}`))
	if !cmp.Equal(app.Vouchers, []api.Received{{Reward: "coffee", ToCome: true}}) {
		t.Errorf("%+v", app)
	}
	nobody := read[api.Done](s, s.ask("POST", "/v1/activities", `{"on":"tasting","ref":"t-3","member":{"phone":"05059876543"}}`))
	if nobody.Balance != nil || len(nobody.Earned)+len(nobody.Vouchers) > 0 {
		t.Errorf("%+v", nobody)
	}
}

// The month of birth goes to headquarters, encrypted, and stands nowhere else.
func TestBirthMonth(t *testing.T) {
	s := newShop(t)
	body := `{"enroll_id":"` + uuid + `1","phone":"0532 765 43 21","birth_month":4}`
	read[api.KnownMember](s, s.ask("POST", "/v1/members", body))
	s.problem(s.ask("POST", "/v1/members", strings.Replace(body, `:4}`, `:13}`, 1)), http.StatusUnprocessableEntity)
	entries, attachments := s.Journal()
	last := len(entries) - 1
	text, err := json.Marshal(entries[last])
	if err != nil || entries[last].Kind != ledger.Enroll || strings.Contains(string(text), "birth") {
		t.Errorf("%s, %v", text, err)
	}
	if person := s.Person(attachments[last]); person.BirthMonth != 4 {
		t.Errorf("month %d", person.BirthMonth)
	}
}

// A reward is asked for by its id, or with how often, and in no other way.
func TestRedeemForms(t *testing.T) {
	s := newShopOf(t, testkit.Load(t, rich))
	for asked, status := range map[string]int{
		`"pay"`: 200, `{"reward":"pay"}`: 200, `{"reward":"pay","times":2}`: 200,
		`{"reward":"pay","times":0}`: 422, `{"times":1}`: 422, `{"reward":"pay","often":2}`: 422, `7`: 422, `null`: 422, `""`: 422,
	} {
		if a := s.ask("POST", "/v1/quote", member(`,"redeem":[`+asked+`]`)); a.StatusCode != status {
			t.Errorf("%s: %d: %s", asked, a.StatusCode, a.body)
		}
	}
}
