package loyalty_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// at is noon of a day in UTC.
func at(day string) ledger.Millis {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return ledger.MillisOf(t.Add(12 * time.Hour))
}

// language writes a program with sections of any kind in front of its rules.
func language(t testing.TB, sections ...string) *loyalty.Program {
	t.Helper()
	return mustLoad(t, "program: test\nversion: 1\ncurrency: USD\nannounced: 2026-01-01\neffective: 2026-01-01\nnotice: P0D\n"+
		"proof: {earn: claimed, redeem: claimed}\n"+strings.Join(sections, "\n")+"\n")
}

func shipped(t testing.TB, name string) *loyalty.Program {
	t.Helper()
	source, err := os.ReadFile("../configs/programs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := loyalty.Load(source, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// line reads "net categories…" as a line of quantity 1.
func line(net ledger.Minor, categories ...string) ledger.Line {
	return ledger.Line{Net: net, Gross: net, Quantity: 1, Categories: categories}
}

func evaluate(t testing.TB, p *loyalty.Program, o loyalty.Occasion) loyalty.Outcome {
	t.Helper()
	out, err := p.Evaluate(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// postingWords writes postings as "unit rule amount@line", in their order.
func postingWords(postings []ledger.Posting) string {
	var all []string
	for _, p := range postings {
		text := fmt.Sprintf("%s %s%s %d", p.Unit, p.Rule, p.Reward, p.Amount)
		if p.Line != nil {
			text += fmt.Sprintf("@%d", *p.Line)
		}
		if p.To != ledger.Available {
			text += " " + string(p.To)
		}
		if p.Lot != nil && p.Lot.VestsAt != 0 {
			text += " vests " + string(ledger.DateAt(p.Lot.VestsAt, time.UTC))
		}
		if p.Lot != nil && p.Lot.ExpiresAt != 0 {
			text += " ends " + string(ledger.DateAt(p.Lot.ExpiresAt, time.UTC))
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// What rules give: each word of the language by itself.
func TestRules(t *testing.T) {
	cases := []struct {
		name     string
		sections []string
		lines    []ledger.Line
		tenders  []ledger.Tender
		member   *loyalty.Standing
		want     string
		why      string
	}{
		{name: "a condition over lines", sections: []string{"units: {p: {}}", `rules: [{id: a, on: sale, each: line, when: '"x" in line.categories', give: {p: 1/10}}]`},
			lines: []ledger.Line{line(105, "x"), line(1000), line(107, "y", "x")}, want: "p a 10@0; p a 11@2", why: "a 21.2 → 21"},
		{name: "lines that do not count", sections: []string{`eligible: '!("gift" in line.categories)'`, "units: {p: {}}", "rules: [{id: a, on: sale, give: {p: 1/10}}]"},
			lines: []ledger.Line{line(1000, "gift"), line(100)}, want: "p a 10@1", why: "a 10 → 10"},
		{name: "a rule with its own eligible lines", sections: []string{`eligible: '!("gift" in line.categories)'`, "units: {p: {}}",
			`rules: [{id: a, on: sale, each: line, eligible: "true", when: line.net == 1000, give: {p: 1/10}}]`},
			lines: []ledger.Line{line(1000, "gift"), line(100)}, want: "p a 100@0", why: "a 100 → 100"},
		{name: "payment split over tenders", sections: []string{"units: {p: {}}",
			`rules: [{id: card, on: sale, each: tender, when: 'tender.type == "card"', give: {p: 2/100}}, {id: other, on: sale, each: tender, when: 'tender.type != "card"', give: {p: 1/100}}]`},
			lines: []ledger.Line{line(999)}, tenders: []ledger.Tender{{Type: "card", Amount: 333}, {Type: "cash", Amount: 333}, {Type: "card", Amount: 333}},
			want: "p card 13@0; p other 3@0", why: "card 13.32 + other 3.33 = 16.65 → 16"},
		{name: "thirds of a payment stay exact", sections: []string{"units: {p: {}}", `rules: [{id: a, on: sale, each: tender, when: 'tender.type == "card"', give: {p: 1/1}}]`},
			lines: []ledger.Line{line(100)}, tenders: []ledger.Tender{{Type: "card", Amount: 100}, {Type: "cash", Amount: 200}}, want: "p a 33@0", why: "a 33 1/3 → 33"},
		{name: "no tender named is one way to pay", sections: []string{"units: {p: {}}", `rules: [{id: a, on: sale, each: tender, when: 'tender.type != "card"', give: {p: 1/10}}]`},
			lines: []ledger.Line{line(100)}, want: "p a 10@0", why: "a 10 → 10"},
		{name: "every sixth", sections: []string{"units: {p: {}}", `rules: [{id: a, on: sale, each: line, when: 'line.sku == "C"', of: quantity, step: 6, give: {p: 250/6}}]`},
			lines: []ledger.Line{{SKU: "C", Net: 700, Gross: 700, Quantity: 7}, {SKU: "C", Net: 600, Gross: 600, Quantity: 6}, line(5)},
			want:  "p a 269@0; p a 231@1", why: "a 500 → 500"},
		{name: "not yet the sixth", sections: []string{"units: {p: {}}", "rules: [{id: a, on: sale, of: quantity, step: 6, give: {p: 250/6}}]"},
			lines: []ledger.Line{{Net: 700, Gross: 700, Quantity: 5}}, want: "", why: "a 0 → 0"},
		{name: "of what is paid with tax", sections: []string{"units: {p: {}}", "rules: [{id: a, on: sale, of: gross, give: {p: 1/10}}]"},
			lines: []ledger.Line{{Net: 100, Gross: 120, Quantity: 1}}, want: "p a 12@0", why: "a 12 → 12"},
		{name: "rounded up", sections: []string{"units: {p: {round: up}}", "rules: [{id: a, on: sale, give: {p: 1/100}}]"},
			lines: []ledger.Line{line(101), line(101)}, want: "p a 2@0; p a 1@1", why: "a 2.02 → 3"},
		{name: "rounded half to even", sections: []string{"units: {p: {round: half_even}}", "rules: [{id: a, on: sale, give: {p: 1/100}}]"},
			lines: []ledger.Line{line(250)}, want: "p a 2@0", why: "a 2.5 → 2"},
		{name: "pending, then a year", sections: []string{"units: {p: {pending: P30D, expires: {after: P12M}}}", "rules: [{id: a, on: sale, give: {p: 1/100}}]"},
			lines: []ledger.Line{line(250)}, want: "p a 2@0 pending vests 2026-04-09 ends 2027-03-10", why: "a 2.5 → 2"},
		{name: "to the end of the month", sections: []string{"units: {p: {expires: {after: P6M, round: month}}}", "rules: [{id: a, on: sale, give: {p: 1/100}}]"},
			lines: []ledger.Line{line(250)}, want: "p a 2@0 ends 2026-10-01", why: "a 2.5 → 2"},
		{name: "with the calendar year", sections: []string{"units: {p: {expires: {at: calendar_year}}}", "rules: [{id: a, on: sale, give: {p: 1/100}}]"},
			lines: []ledger.Line{line(250)}, want: "p a 2@0 ends 2027-01-01", why: "a 2.5 → 2"},
		{name: "dates include their first day", sections: []string{"units: {p: {}}", "rules: [{id: a, on: sale, from: 2026-03-10, until: 2026-03-11, give: {p: 1/100}}, {id: b, on: sale, until: 2026-03-10, give: {p: 1/1}}]"},
			lines: []ledger.Line{line(250)}, want: "p a 2@0", why: "a 2.5 → 2"},
		{name: "a limit rounds by itself", sections: []string{"units: {p: {}}", "limits: {l: {amount: 100, every: ever}}", "rules: [{id: a, on: sale, limit: l, give: {p: 1/100}}, {id: b, on: sale, give: {p: 1/100}}]"},
			lines: []ledger.Line{line(150)}, want: "p a 1@0; p b 1@0", why: "a 1 + b 1.5 = 2.5 → 2"},
		{name: "a limit cuts", sections: []string{"units: {p: {}}", "limits: {l: {amount: 500, every: calendar_month}}", `rules: [{id: a, on: sale, each: line, when: '"f" in line.categories', limit: l, give: {p: 10/100}}]`},
			lines: []ledger.Line{line(1000, "f"), line(100), line(2000, "f")}, member: &loyalty.Standing{Used: map[string]loyalty.Usage{"l": {Amount: 350}}},
			want: "p a 50@0; p a 100@2", why: "a 150 of 300 → 150"},
		{name: "two rules share a limit in order of id", sections: []string{"units: {p: {}, q: {}}", "limits: {l: {amount: 30, every: ever}}",
			"rules: [{id: b, on: sale, limit: l, give: {p: 20}}, {id: a, on: sale, limit: l, give: {q: 20}}]"},
			lines: []ledger.Line{line(1)}, want: "p b 10@0; q a 20@0", why: "b 10 of 20 → 10 | a 20 → 20"},
		{name: "uses are used up", sections: []string{"units: {p: {}}", "limits: {l: {uses: 1, every: ever}}", "rules: [{id: a, on: sale, limit: l, give: {p: 20}}]"},
			lines: []ledger.Line{line(1)}, member: &loyalty.Standing{Used: map[string]loyalty.Usage{"l": {Uses: 1}}}, want: ""},
		{name: "tier and status", sections: []string{"units: {p: {}, s: {spendable: false}}", "tiers: {of: s, window: ever, keep: P1M, levels: {low: 0, high: 5}}",
			`rules: [{id: a, on: sale, give: {s: 1/1}}, {id: b, on: sale, when: 'member.tier == "high" && "vip" in member.statuses', give: {p: 1/1}}, {id: c, on: sale, when: 'member.tier == "low"', give: {p: 5}}, {id: d, on: join, status: {vip: P1M}}]`},
			lines: []ledger.Line{line(7)}, member: &loyalty.Standing{Tier: "high", Statuses: []string{"vip"}}, want: "p b 7@0; s a 7@0", why: "b 7 → 7 | a 0.07 → 0.07 USD"},
	}
	for _, c := range cases {
		out := evaluate(t, language(t, c.sections...), loyalty.Occasion{
			At: at("2026-03-10"), Member: c.member, Basket: &loyalty.Basket{Currency: "USD", Lines: c.lines, Tenders: c.tenders},
		})
		if got := postingWords(out.Earned); got != c.want {
			t.Errorf("%s: earned %q, want %q", c.name, got, c.want)
		}
		var why []string
		for _, e := range out.Explanations {
			why = append(why, e.String())
		}
		if got := strings.Join(why, " | "); got != c.why {
			t.Errorf("%s: explained %q, want %q", c.name, got, c.why)
		}
	}
}

// A rule that gives nothing says what said no.
func TestMissed(t *testing.T) {
	p := language(t, "units: {p: {}}", "limits: {l: {uses: 1, every: ever}}", `rules:
  - {id: a, on: sale, when: 'now.weekday == 2 && basket.net > 5', give: {p: 1}}
  - {id: b, on: sale, each: line, when: '"x" in line.categories', give: {p: 1}}
  - {id: c, on: sale, from: 2026-05-04, until: 2026-05-11, give: {p: 1}}
  - {id: d, on: sale, limit: l, give: {p: 1}}
  - {id: e, on: sale, to: referrer, give: {p: 1}}
  - {id: f, on: sale, each: tender, when: 'tender.type == "card"', give: {p: 1}}
  - {id: g, on: check_in, give: {p: 1}}`)
	out := evaluate(t, p, loyalty.Occasion{At: at("2026-03-09"), Explain: true, Member: &loyalty.Standing{Used: map[string]loyalty.Usage{"l": {Uses: 1}}},
		Basket: &loyalty.Basket{Currency: "USD", Lines: []ledger.Line{line(10)}, Tenders: []ledger.Tender{{Type: "cash", Amount: 10}}}})
	want := []loyalty.Missed{
		{Rule: "a", Reason: "only on Tuesdays"}, {Rule: "b", Reason: "only on items in category x"}, {Rule: "c", Reason: "from 2026-05-04 until 2026-05-11"},
		{Rule: "d", Reason: "limit l is used up"}, {Rule: "e", Reason: "nobody referred her"}, {Rule: "f", Reason: "only paid with card"},
	}
	if diff := cmp.Diff(want, out.Missed); diff != "" {
		t.Error(diff)
	}
}

// Activities give units, vouchers and statuses, to the member and to who
// referred her.
func TestActivities(t *testing.T) {
	p := shipped(t, "engagement.yaml")
	out := evaluate(t, p, loyalty.Occasion{
		At: at("2026-06-01"), Activity: &loyalty.Activity{On: "referral", Name: "first_purchase", Value: 2500, Ref: "r"},
		Referrer: &loyalty.Standing{Referrals: 10, Used: map[string]loyalty.Usage{"engagement": {Amount: 90}}},
	})
	if got, want := postingWords(out.Earned), "points welcome 25 ends 2027-01-01"; got != want {
		t.Errorf("she earned %q, want %q", got, want)
	}
	if got, want := postingWords(out.ToReferrer), "points friend 10 ends 2027-01-01; voucher.tote ten-friends 1 ends 2026-08-30"; got != want {
		t.Errorf("her referrer earned %q, want %q", got, want)
	}
	if diff := cmp.Diff([]ledger.LimitUse{{Limit: "engagement", Amount: 10, Rule: "friend"}}, out.ReferrerUses); diff != "" {
		t.Error(diff)
	}
	p = language(t, "units: {p: {}}", "rules: [{id: steps, on: walked, give: {p: 1/1000}}]")
	out = evaluate(t, p, loyalty.Occasion{At: at("2026-06-01"), Activity: &loyalty.Activity{On: "walked", Value: 12_999}})
	if got, want := postingWords(out.Earned), "p steps 12"; got != want {
		t.Errorf("a walk earned %q, want %q", got, want)
	}
}

// A line that sells a status grants it.
func TestStatusSold(t *testing.T) {
	out := evaluate(t, shipped(t, "subscription.yaml"), loyalty.Occasion{At: at("2026-06-01"), Basket: &loyalty.Basket{Currency: "EUR", Lines: []ledger.Line{
		line(100), {SKU: "PLUS-12M", Net: 4900, Gross: 4900, Quantity: 1, Categories: []string{"membership"}},
	}}})
	if diff := cmp.Diff([]ledger.StatusGrant{{Status: "plus", Period: "P12M", Rule: "join-year", Line: new(1)}}, out.Statuses); diff != "" {
		t.Error(diff)
	}
	if got, want := postingWords(out.Earned), "points base 1@0; spend base 100@0 pending vests 2026-06-29"; got != want {
		t.Errorf("earned %q, want %q", got, want)
	}
}

// benefitsOf is a program with one reward of each kind.
const benefitsOf = `units: {p: {}}
limits: {twice: {uses: 2, every: ever}, hundred: {amount: 100, every: ever}}
rules: [{id: a, on: sale, give: {p: 1/100}}, {id: b, on: join, status: {gold: P1M}}]
rewards:
  - {id: off, cost: {p: 10}, benefit: {discount: 1000}}
  - {id: tenth, when: 'member.tier == ""', benefit: {percent: 1/10, max: 500}}
  - {id: coffee, cost: {p: 5}, benefit: {item: coffee, max: 450}}
  - {id: card, cost: {p: 50}, benefit: {gift_card: 2500}, repeat: true, limit: hundred}
  - {id: give, cost: {p: 1}, benefit: {donate: 10, to: food_bank}, repeat: true, limit: twice}
  - {id: cash, cost: {p: 1}, benefit: {cash: 7}}
  - {id: lounge, when: '"gold" in member.statuses', benefit: {access: lounge}}
  - {id: later, cost: {p: 20}, benefit: {discount: 300}, voucher: P90D}
  - {id: gift, grant_only: true, benefit: {item: coffee}, voucher: P90D}
  - {id: sixty, cost: {p: 60}, limit: hundred, benefit: {access: lounge}}
  - {id: self, cost: {p: 10}, auto: true, benefit: {discount: 300}, voucher: P90D}`

func TestBenefits(t *testing.T) {
	p := language(t, benefitsOf)
	cases := []struct {
		redeem   string
		vouchers []loyalty.Held
		refused  string
		discount []ledger.Minor
		costs    string
		taken    string
	}{
		{redeem: "off", discount: []ledger.Minor{500, 300, 200}, costs: "p 10", taken: "off×1 -1000"},
		{redeem: "tenth", discount: []ledger.Minor{50, 30, 20}, taken: "tenth×1 -100"},
		{redeem: "tenth off", discount: []ledger.Minor{500, 300, 200}, refused: "needs 11.00 or more"},
		{redeem: "coffee", discount: []ledger.Minor{0, 300, 0}, costs: "p 5", taken: "coffee×1 -300"},
		{redeem: "coffee tenth", discount: []ledger.Minor{50, 300, 20}, costs: "p 5", taken: "coffee×1 -300, tenth×1 -70"},
		{redeem: "coffee coffee", refused: "once per sale"},
		{redeem: "card", costs: "p 50", taken: "card×1 gift_card 2500", discount: make([]ledger.Minor, 3)},
		{redeem: "card*2", costs: "p 100", taken: "card×2 gift_card 5000", discount: make([]ledger.Minor, 3)},
		{redeem: "card*3", refused: "only 100 more within its limit"},
		{redeem: "give*2 cash", costs: "p 3", taken: "give×2 donate 20 to food_bank, cash×1 cash 7", discount: make([]ledger.Minor, 3)},
		{redeem: "give*3", refused: "only 2 more within its limit"},
		{redeem: "lounge", refused: "only for members with status gold"},
		{redeem: "later", costs: "p 20", taken: "later×1 bought", discount: make([]ledger.Minor, 3)},
		{redeem: "later", vouchers: []loyalty.Held{{Reward: "later", Count: 1}}, costs: "voucher.later 1", taken: "later×1 -300 voucher", discount: []ledger.Minor{150, 90, 60}},
		{redeem: "card sixty", refused: "only 50 more within its limit"},
		{redeem: "self", refused: "comes by itself when it can be paid for"},
		{redeem: "self", vouchers: []loyalty.Held{{Reward: "self", Count: 1}}, costs: "voucher.self 1", taken: "self×1 -300 voucher", discount: []ledger.Minor{150, 90, 60}},
		{redeem: "gift", refused: "is given, not bought: she holds none"},
		{redeem: "gift", vouchers: []loyalty.Held{{Reward: "gift", Count: 2}}, costs: "voucher.gift 1", taken: "gift×1 -300 voucher", discount: []ledger.Minor{0, 300, 0}},
	}
	for _, c := range cases {
		b := &loyalty.Basket{Currency: "USD", Lines: []ledger.Line{line(500), {Net: 300, Gross: 300, Quantity: 1, Categories: []string{"coffee"}}, line(200, "coffee")}}
		for _, word := range strings.Fields(c.redeem) {
			id, times, _ := strings.Cut(word, "*")
			asked := loyalty.Redemption{Reward: id, Times: 1}
			fmt.Sscan(times, &asked.Times)
			b.Redeem = append(b.Redeem, asked)
		}
		out, err := p.Evaluate(loyalty.Occasion{At: at("2026-06-01"), Basket: b, Member: &loyalty.Standing{Vouchers: c.vouchers}})
		var refused *loyalty.RewardRefused
		if errors.As(err, &refused) || c.refused != "" {
			if refused == nil || refused.Reason != c.refused {
				t.Errorf("%s: %v, want %q", c.redeem, err, c.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.redeem, err)
			continue
		}
		var discount []ledger.Minor
		for _, l := range out.Lines {
			discount = append(discount, l.Discount)
		}
		if diff := cmp.Diff(c.discount, discount); diff != "" {
			t.Errorf("%s: discounts %s", c.redeem, diff)
		}
		var costs []string
		for _, cost := range out.Costs {
			costs = append(costs, fmt.Sprint(cost.Unit, " ", cost.Amount))
		}
		if got := strings.Join(costs, ", "); got != c.costs {
			t.Errorf("%s: costs %q, want %q", c.redeem, got, c.costs)
		}
		if got := takenWords(out.Rewards); got != c.taken {
			t.Errorf("%s: took %q, want %q", c.redeem, got, c.taken)
		}
	}
}

func takenWords(all []ledger.Taken) string {
	var words []string
	for _, r := range all {
		text := fmt.Sprintf("%s×%d", r.Reward, r.Times)
		if r.Discount > 0 {
			text += fmt.Sprintf(" -%d", r.Discount)
		}
		if r.Benefit != "" {
			text += " " + r.Benefit
		}
		if r.Value > 0 {
			text += fmt.Sprintf(" %d", r.Value)
		}
		if r.To != "" {
			text += " to " + r.To
		}
		if r.Voucher {
			text += " voucher"
		}
		if r.Bought {
			text += " bought"
		}
		words = append(words, text)
	}
	return strings.Join(words, ", ")
}

// Nothing is paid, with units or a voucher, for an item that is free already.
func TestFreeItem(t *testing.T) {
	p := language(t, benefitsOf)
	for _, reward := range []string{"coffee", "gift"} {
		b := &loyalty.Basket{Currency: "USD", Lines: []ledger.Line{line(500), line(0, "coffee")}, Redeem: []loyalty.Redemption{{Reward: reward, Times: 1}}}
		_, err := p.Evaluate(loyalty.Occasion{At: at("2026-06-01"), Basket: b, Member: &loyalty.Standing{Vouchers: []loyalty.Held{{Reward: "gift", Count: 1}}}})
		var refused *loyalty.RewardRefused
		if !errors.As(err, &refused) || refused.Reason != "takes nothing off this basket" {
			t.Errorf("%s: %v", reward, err)
		}
	}
}

// Offers say what she can have, and of the rest why not.
func TestOffersSayWhyNot(t *testing.T) {
	p := language(t, benefitsOf)
	basket := &loyalty.Basket{Currency: "USD", Lines: []ledger.Line{line(500), line(200, "coffee")}}
	offers, not := p.Offers(loyalty.Occasion{At: at("2026-06-01"), Basket: basket, Member: &loyalty.Standing{
		Vouchers: []loyalty.Held{{Reward: "gift", Count: 1}}, Used: map[string]loyalty.Usage{"hundred": {Amount: 50}, "twice": {Uses: 1}},
	}}, func(ledger.Unit) ledger.Points { return 60 })
	var got []string
	for _, o := range offers {
		got = append(got, fmt.Sprintf("%s×%d", o.ID, o.Times))
	}
	if diff := cmp.Diff([]string{"tenth×1", "coffee×1", "card×1", "give×1", "cash×1", "later×1", "gift×1"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]loyalty.RewardRefused{
		{Reward: "off", Reason: "needs 10.00 or more"}, {Reward: "lounge", Reason: "only for members with status gold"},
		{Reward: "sixty", Reason: "only 50 more within its limit"}, {Reward: "self", Reason: "comes by itself when it can be paid for"},
	}, not); diff != "" {
		t.Error(diff)
	}
}
