package loyalty_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// wordsSource is a program with a rule and a reward to be put in words.
const wordsSource = `
program: words
version: 1
currency: USD
announced: 2026-01-02
effective: 2026-02-02
notice: P30D
proof: {earn: claimed, redeem: claimed}
units:
  points: {}
  cash: {money: true}
  spend: {spendable: false}
tiers: {of: spend, window: P12M, keep: P6M, levels: {silver: 0, gold: 10000}}
limits:
  monthly: {uses: 2, every: calendar_month}
  yearly: {amount: 100, every: calendar_year}
rules:
  - {id: spend, on: sale, give: {spend: 1/1}}
  - {id: join, on: sale, each: line, when: 'line.sku == "PLUS"', status: {plus: P1M}}
  - RULE
rewards:
  - {id: five, cost: {points: 300}, benefit: {discount: 500}}
  - {id: mug, grant_only: true, benefit: {item: mug}, voucher: P2M}
  - REWARD
`

func withRule(t *testing.T, rule string) loyalty.Summary {
	t.Helper()
	return withBoth(t, rule, "{id: r, benefit: {access: lounge}}")
}

func withBoth(t *testing.T, rule, reward string) loyalty.Summary {
	t.Helper()
	return mustLoad(t, strings.NewReplacer("RULE", rule, "REWARD", reward).Replace(wordsSource)).Summary()
}

func ruleWords(t *testing.T, rule string) string {
	t.Helper()
	for _, r := range withRule(t, rule).Rules {
		if r.ID == "x" {
			return r.Words
		}
	}
	t.Fatal("the rule is not told")
	return ""
}

// Conditions are put in words where there are any, and told as written
// elsewhere.
func TestConditionWords(t *testing.T) {
	for _, c := range []struct{ when, want string }{
		{`member.tier == "gold"`, `for members at level gold`},
		{`member.tier != "silver"`, `for members above level silver`},
		{`member.tier != "gold"`, `for members not at level gold`},
		{`"gold" == member.tier`, `for members at level gold`},
		{`member.tier in ["gold", "silver"]`, `for members at level gold or silver`},
		{`member.tier == "gold" || member.tier == "silver"`, `for members at level gold or silver`},
		{`"plus" in member.statuses`, `for members with status plus`},
		{`!("plus" in member.statuses)`, `for members without status plus`},
		{`"vip" in member.segments && member.visits == 0`, `for members in group vip, on the first purchase`},
		{`"tea" in line.categories`, `on items in category tea`},
		{`!("tea" in line.categories) && !("rum" in line.categories)`, `except items in category tea or rum`},
		{`line.sku == 'A-1'`, `on item A-1`},
		{`basket.lines.exists(l, "tea" in l.categories)`, `with an item in category tea in the basket`},
		{`!basket.lines.exists(l, "tea" in l.categories)`, `without an item in category tea in the basket`},
		{`basket.net >= 2500`, `in a purchase of at least 25.00 USD`},
		{`!(basket.net < 2500)`, `in a purchase of at least 25.00 USD`},
		{`2500 < basket.net`, `in a purchase of more than 25.00 USD`},
		{`now.weekday == 2`, `on Tuesdays`},
		{`now.weekday >= 6`, `on Saturdays and Sundays`},
		{`now.month == 4 && now.weekday != 7`, `in April, except on Sundays`},
		{`now.hour >= 17 && now.hour < 20`, `from 17:00, before 20:00`},
		{`member.birth_month == now.month`, `in the month of the birthday`},
		{`now.month != member.birth_month`, `except in the month of the birthday`},
		{`store == "0012"`, `in store 0012`},
		{`(member.tier == "gold" || now.weekday == 1) && now.month == 1`,
			`for members at level gold, in January, or on Mondays, in January`},
		// As written.
		{`member.days % 2 == 0`, `if member.days % 2 == 0`},
		{`!(member.tier == "gold" && now.month == 4)`, `if !(member.tier == "gold" && now.month == 4)`},
		{`member.tier.startsWith("g")`, `if member.tier.startsWith("g")`},
		{`basket.lines.exists(l, l.net > 5 && l.quantity > 1)`, `if basket.lines.exists(l, l.net > 5 && l.quantity > 1)`},
		{`line.net > line.quantity * 100`, `if line.net > line.quantity * 100`},
		{`now.month == 13`, `if now.month == 13`},
	} {
		rule := fmt.Sprintf("{id: x, on: sale, each: line, when: '%s', give: {points: 1/100}}", strings.ReplaceAll(c.when, "'", "''"))
		if got := ruleWords(t, rule); got != "1 point for every 1.00 USD, "+c.want {
			t.Errorf("%s\n got %s\nwant …%s", c.when, got, c.want)
		}
	}
}

// What a rule gives is told for a round amount.
func TestRuleWords(t *testing.T) {
	for _, c := range []struct{ rule, want string }{
		{"on: sale, give: {points: 1/100}", "1 point for every 1.00 USD"},
		{"on: sale, give: {points: 3/100}", "3 points for every 1.00 USD"},
		{"on: sale, give: {points: 3/200}", "1.5 points for every 1.00 USD"},
		{"on: sale, give: {points: 1/700}", "1 point for every 7.00 USD"},
		{"on: sale, give: {points: 3/700}", "3 points for every 7.00 USD"},
		{"on: sale, of: gross, give: {points: 1/100}", "1 point for every 1.00 USD, tax included"},
		{"on: sale, give: {points: 1/100}, step: 500", "5 points for every full 5.00 USD"},
		{"on: sale, of: quantity, give: {points: 1/1}", "1 point for each piece"},
		{"on: sale, of: quantity, step: 6, give: {cash: 250/6}", "2.50 USD of cash for every 6 pieces"},
		{"on: sale, give: {cash: 5/100}", "5 % back as cash"},
		{"on: sale, give: {points: 20}", "20 points once a purchase"},
		{"on: check_in, give: {points: 5}, limit: [yearly, monthly]",
			"5 points for each check_in, twice a calendar month and at most 100 points a calendar year"},
		{"on: referral, to: referrer, give: {points: 25}", "25 points to the referrer for each referral"},
		{"on: donation, give: {points: 1/100}", "1 point for every 100 of its value for each donation"},
		{"on: sale, issue: mug", "A voucher of 2 months for one item of category mug free once a purchase"},
		{`on: sale, each: line, eligible: "true", when: line.sku == "P", status: {plus: P1Y}`, "Status plus for 1 year, on item P"},
		{"on: sale, from: 2026-05-04, until: 2026-05-11, give: {points: 1/100}", "1 point for every 1.00 USD, from 4 May to 10 May 2026"},
		{"on: sale, from: 2026-12-31, until: 2027-01-02, give: {points: 1/100}",
			"1 point for every 1.00 USD, from 31 December 2026 to 1 January 2027"},
		{"on: sale, from: 2026-05-04, until: 2026-05-05, give: {points: 1/100}", "1 point for every 1.00 USD, on 4 May 2026"},
		{"on: sale, until: 2026-05-05, give: {points: 1/100}", "1 point for every 1.00 USD, until 4 May 2026"},
	} {
		if got := ruleWords(t, "{id: x, "+strings.ReplaceAll(c.rule, `when: line.sku == "P"`, `when: 'line.sku == "P"'`)+"}"); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.rule, got, c.want)
		}
	}
}

// What one unit is worth is exact, in a fraction and in money.
func TestRewardWords(t *testing.T) {
	const rule = "{id: x, on: sale, give: {points: 1/100, cash: 1/100}}"
	for _, c := range []struct{ reward, want, minor, worth string }{
		{"cost: {points: 500}, benefit: {discount: 1000}", "10.00 USD off for 500 points", "2/1", "0.02 USD a point"},
		{"cost: {points: 300}, benefit: {cash: 500}", "5.00 USD paid out for 300 points", "5/3", "about 0.016667 USD a point"},
		{"cost: {points: 100}, benefit: {item: tea, max: 450}", "One item of category tea free (up to 4.50 USD) for 100 points", "9/2",
			"up to 0.045 USD a point"},
		{"cost: {cash: 500}, benefit: {donate: 1000, to: food_bank}", "10.00 USD given to food_bank for 5.00 USD of cash", "2/1",
			"2.00 USD for 1.00 USD of cash"},
		{"cost: {cash: 1}, benefit: {discount: 1}, repeat: true", "0.01 USD off for 0.01 USD of cash, as many times as the purchase needs", "1/1", ""},
		{"cost: {points: 9}, benefit: {percent: 15/100}, voucher: P30D, auto: true",
			"15 % off for 9 points, as a voucher that comes by itself and is good for 30 days", "", ""},
		{"benefit: {gift_card: 500}, limit: monthly", "A gift card of 5.00 USD, at no cost, twice a calendar month", "", ""},
		{"benefit: {item: tea}, limit: monthly", "One item of category tea free, twice a calendar month", "", ""},
	} {
		rewards := withBoth(t, rule, "{id: r, "+c.reward+"}").Rewards
		got := rewards[len(rewards)-1]
		var minor, worth string
		if got.Worth != nil {
			minor, worth = got.Worth.Minor, got.Worth.Words
		}
		if diff := cmp.Diff([]string{c.want, c.minor, c.worth}, []string{got.Words, minor, worth}); diff != "" {
			t.Errorf("%s: %s", c.reward, diff)
		}
	}
}

// The rate is a bound: rules add up, save those that ask for different values
// of one thing; a unit counts at its best worth, and what has no rate stands
// beside it.
func TestGivesBack(t *testing.T) {
	const base = "{id: base, on: sale, give: {points: 3/100}}\n  - " // 3 points at 5/3 minor units: 5 %
	for _, c := range []struct{ rules, most, always string }{
		{"", "1/20", "1/20"},
		{`{id: a, on: sale, when: 'member.tier == "gold"', give: {points: 3/100}}`, "1/10", "1/10"},
		{`{id: a, on: sale, when: 'member.tier == "gold"', give: {points: 3/100}}
  - {id: b, on: sale, when: 'member.tier != "gold"', give: {points: 6/100}}`, "3/20", "3/20"},
		{`{id: a, on: sale, each: tender, when: 'tender.type == "card"', give: {cash: 5/100}}
  - {id: b, on: sale, each: tender, when: 'tender.type == "key" || tender.type == "app"', give: {cash: 2/100}}`, "1/10", "1/10"},
		{`{id: a, on: sale, when: 'member.tier == "gold" && member.days > 9', give: {cash: 5/100}}
  - {id: b, on: sale, when: 'member.days % 2 == 0', give: {cash: 2/100}}`, "3/25", "3/25"}, // what cannot be read can apply
		{"{id: a, on: sale, from: 2026-05-01, until: 2026-06-01, give: {points: 6/100}}", "3/20", "1/20"},
		{"{id: a, on: sale, until: 2026-02-02, give: {points: 6/100}}", "1/20", "1/20"}, // over
		{"{id: a, on: sale, give: {points: 100}}", "1/20", "1/20"},
		{"{id: a, on: sale, of: quantity, give: {points: 5/1}}", "1/20", "1/20"},
		{"{id: a, on: donation, give: {points: 1/1}}", "1/20", "1/20"},
	} {
		rules := base + c.rules
		got := withRule(t, strings.TrimSuffix(rules, "\n  - ")).GivesBack
		if got.AtMost != c.most || got.Always != c.always {
			t.Errorf("%s: at most %s, always %s; want %s, %s", c.rules, got.AtMost, got.Always, c.most, c.always)
		}
	}
	fixed := withBoth(t, "{id: a, on: sale, give: {points: 30}, limit: monthly}", "{id: r, benefit: {percent: 1/10, max: 500}}").GivesBack
	want := []loyalty.Beside{
		{ID: "a", Words: "30 points once a purchase, worth up to 0.50 USD, twice a calendar month"},
		{ID: "r", Words: "10 % off (up to 5.00 USD), without a limit"},
	}
	if diff := cmp.Diff(want, fixed.Beside); diff != "" || fixed.AtMost != "0/1" {
		t.Errorf("at most %s, %s", fixed.AtMost, diff)
	}
	third := withRule(t, "{id: a, on: sale, give: {points: 1/50}}").GivesBack
	if third.AtMost != "1/30" || third.Words != "at most 3.4 % of what a member spends" { // rounded up
		t.Errorf("%s: %s", third.AtMost, third.Words)
	}
}

// What is seldom meant is told; the programs we ship mean what they say.
func TestWarnings(t *testing.T) {
	s := withBoth(t,
		`{id: x, on: sale, until: 2026-02-01, when: 'basket.net > 0', give: {points: 1/100, cash: 1/1}}`,
		"{id: r, benefit: {discount: 100}}")
	want := []loyalty.Warning{
		{ID: "points", Text: "rewards cost it, and no rule gives it: nobody can have them"},
		{ID: "cash", Text: "no reward costs it: members can never spend it"},
		{ID: "x", Text: "it ended on 31 January 2026, before this version begins on 2 February 2026: it never gives anything"},
		{ID: "mug", Text: "it is only given, and no rule gives it: nobody can have it"},
		{ID: "r", Text: "it costs nothing and has no limit: a member can take it in every purchase"},
		{ID: "monthly", Text: "nothing draws on this limit"},
		{ID: "yearly", Text: "nothing draws on this limit"},
	}
	if diff := cmp.Diff(want, s.Warnings); diff != "" {
		t.Error(diff)
	}
	dear := withBoth(t, "{id: x, on: sale, give: {points: 1/1}}", "{id: r, cost: {points: 1}, benefit: {discount: 2}, limit: [monthly, yearly]}")
	if got := dear.Warnings; !strings.Contains(fmt.Sprint(got), "a purchase can give back 200 % of what it costs") {
		t.Errorf("warns %v", got)
	}
	drained := program(t, "points: {}", base, "{id: a, cost: {points: 10}, auto: true, benefit: {gift_card: 1}}, {id: b, cost: {points: 10}, benefit: {cash: 2}}, {id: c, cost: {points: 9}, benefit: {cash: 2}}").Summary()
	if got := fmt.Sprint(drained.Warnings); !strings.Contains(got, `{b "a" comes by itself`) || strings.Contains(got, "{c ") || strings.Contains(got, "{a ") {
		t.Errorf("warns %v", drained.Warnings)
	}
	for _, name := range []string{"cash-back", "coworking", "engagement", "item-rewards", "stars", "starter", "subscription", "tiered-points"} {
		if got := shipped(t, name+".yaml").Summary().Warnings; len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Whatever loads can be told.
func FuzzSummary(f *testing.F) {
	for _, when := range []string{
		`member.tier in ["gold", "silver"]`, `!basket.lines.exists(l, "tea" in l.categories)`, `now.hour >= 17 && now.month != 4 || store == "1"`,
		`member.birth_month == now.month`, `!(2500 < basket.net)`, `member.tier.startsWith('g')`, `"plus" in member.statuses && event.on == "sale"`, `["gold", "goold"].exists(x, x == member.tier)`,
	} {
		f.Add(when)
	}
	f.Fuzz(func(t *testing.T, when string) {
		rule := "{id: x, on: sale, each: line, when: '" + strings.ReplaceAll(when, "'", "''") + "', give: {points: 1/100}}"
		source := strings.NewReplacer("RULE", rule, "REWARD", "{id: r, benefit: {access: lounge}}").Replace(wordsSource)
		p, err := loyalty.Load([]byte(source), "fuzz.yaml")
		if err != nil {
			return
		}
		if s := p.Summary(); len(s.Rules) != 3 || slices.ContainsFunc(s.Rules, func(r loyalty.RuleSummary) bool { return r.Words == "" }) {
			t.Errorf("%s: %+v", when, s.Rules)
		}
	})
}
