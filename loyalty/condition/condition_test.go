package condition_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// samples are the conditions of the programs that describe the language.
var samples = []string{
	`!("gift_card" in line.categories)`,
	`tender.type == "key_card"`,
	`tender.type != "key_card"`,
	`event.name == "first_purchase" && event.value >= 2000`,
	`event.name == "first_purchase" && referrer.referrals == 10`,
	`member.birth_month == now.month && basket.net >= 12500`,
	`line.sku == "TEA-100"`,
	`"fresh_fruit" in line.categories`,
	`!basket.lines.exists(l, "prohibited" in l.categories)`,
	`!("alcohol" in line.categories) && !("gift_card" in line.categories)`,
	`now.weekday == 2 && basket.lines.exists(l, "coffee" in l.categories)`,
	`true`,
	`"plus" in member.statuses`,
	`"plus" in member.statuses || member.tier == "eip"`,
	`"plus" in member.statuses && "fuel" in basket.departments`,
	`member.tier == "vib"`,
	`member.birth_month == now.month`,
	`member.tier != "insider" && now.month == 4`,
}

func compile(t testing.TB, text string) *condition.Condition {
	t.Helper()
	c, err := condition.Compile(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

// ayse buys tea and coffee on a Tuesday in April, her birth month.
func ayse() *condition.Facts {
	b := &condition.Basket{
		Net: 12500, Gross: 15000,
		Lines: []ledger.Line{
			{SKU: "TEA-100", Net: 2500, Gross: 3000, Quantity: 1, Categories: []string{"tea", "hot"}},
			{SKU: "COFFEE-1KG", Net: 10000, Gross: 12000, Quantity: 2, Categories: []string{"coffee", "hot", "kahve çeşitleri"}},
		},
		Tenders:     []ledger.Tender{{Type: "key_card", Amount: 15000}},
		Departments: []string{"fuel"},
		Partner:     "garage",
	}
	return &condition.Facts{
		Basket: b, Line: &b.Lines[1], Tender: &b.Tenders[0],
		Member: &condition.Member{
			Tier: "vib", Statuses: []string{"plus", "trial"}, Segments: []string{"new"}, BirthMonth: 4,
			Joined: condition.Day{Year: 2024, Month: 2, Day: 29}, Days: 800, Visits: 12, Referrals: 3,
		},
		Referrer: &condition.Member{Tier: "rouge", Referrals: 10},
		Event:    &condition.Event{On: "referral", Name: "first_purchase", Ref: "r-1", Value: 2000},
		Now:      &condition.Now{Year: 2026, Month: 4, Day: 7, Weekday: 2, Hour: 18},
		Store:    "0012",
	}
}

func TestHolds(t *testing.T) {
	for text, want := range map[string]bool{
		`member.tier == "vib"`:                                                                       true,
		`member.tier == 'vib'`:                                                                       true,
		`member.tier in ["vib", "rouge"]`:                                                            true,
		`now.weekday in [6, 7]`:                                                                      false,
		`"plus" in member.statuses && !("staff" in member.statuses)`:                                 true,
		`member.statuses == ["plus", "trial"]`:                                                       true,
		`["plus"] == member.statuses`:                                                                false,
		`member.statuses != referrer.statuses`:                                                       true,
		`"kahve çeşitleri" in line.categories && line.quantity >= 2`:                                 true,
		`basket.lines.exists(l, "coffee" in l.categories)`:                                           true,
		`basket.lines.all(l, "hot" in l.categories && l.net < l.gross)`:                              true,
		`basket.lines.exists_one(l, l.net > 5000)`:                                                   true,
		`basket.lines.exists_one(l, l.net > 500)`:                                                    false,
		`basket.lines.exists(l, l.categories.exists(c, c.endsWith("ri")))`:                           true,
		`basket.lines.exists(a, basket.lines.exists(b, a.sku != b.sku && a.net * 4 == b.net))`:       true,
		`["garage", "airline"].exists(p, p == basket.partner)`:                                       true,
		`basket.tenders.all(t, t.type == "key_card" && t.amount == basket.gross)`:                    true,
		`basket.lines.size() == 2 && size(member.segments) == 1 && size(store) == 4`:                 true,
		`(basket.net + 499) / 500 % 10 == 5 && -basket.net < 0 && basket.gross - basket.net == 2500`: true,
		`member.joined.year < 2025 && member.joined.month == 2 && member.joined.day == 29`:           true,
		`member.days >= 365 && member.visits == 12 && member.referrals <= 3`:                         true,
		`event.on == "referral" && event.ref.startsWith("r-") && event.value >= 2000`:                true,
		`referrer.referrals == 10 && referrer.tier > member.tier == false`:                           true,
		`(now.hour >= 17 ? member : referrer).tier == "vib"`:                                         true,
		`now.month == 4 ? now.day == 7 : now.year == 2000`:                                           true,
		`store.contains("01") && "fuel" in basket.departments`:                                       true,
		"member.tier == \"vib\" // a remark ( \n && now.day == 7":                                    true,
		`basket.net * 9223372036854775807 > 0 || true`:                                               true, // the answer does not hang on the sum
	} {
		got, err := compile(t, text).Holds(ayse())
		if err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
}

// What is not there reads as empty.
func TestHoldsWithoutFacts(t *testing.T) {
	for _, text := range []string{
		`basket.net == 0 && basket.gross == 0 && basket.partner == "" && basket.departments.size() == 0`,
		`!basket.lines.exists(l, true) && basket.lines.all(l, false) && basket.tenders.size() == 0`,
		`line.sku == "" && line.net == 0 && line.gross == 0 && line.quantity == 0 && !("a" in line.categories)`,
		`tender.type == "" && tender.amount == 0`,
		`member.tier == "" && member.statuses.size() == 0 && !("a" in member.segments) && member.birth_month == 0`,
		`member.joined.year == 0 && member.joined.month == 0 && member.joined.day == 0`,
		`member.days == 0 && member.visits == 0 && member.referrals == 0 && member.statuses == referrer.statuses`,
		`event.on == "" && event.name == "" && event.ref == "" && event.value == 0`,
		`now.year == 0 && now.month == 0 && now.day == 0 && now.weekday == 0 && now.hour == 0 && store == ""`,
	} {
		if got, err := compile(t, text).Holds(&condition.Facts{}); err != nil || !got {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

// What cannot be reckoned is an error, and no answer.
func TestHoldsFails(t *testing.T) {
	long := ayse()
	long.Basket.Lines = make([]ledger.Line, condition.MaxLines+1)
	long.Line = &ledger.Line{Categories: make([]string, condition.MaxCategories+1)}
	for _, c := range []struct {
		text  string
		facts *condition.Facts
		want  string
	}{
		{`basket.net * 9223372036854775807 > 0`, ayse(), "integer overflow"},
		{`basket.net + 9223372036854775807 > 0`, ayse(), "integer overflow"},
		{`basket.net / referrer.visits > 1`, ayse(), "division by zero"},
		{`basket.net % referrer.visits > 1`, ayse(), "modulus by zero"},
		{`basket.lines.exists(l, l.net / referrer.visits > 1)`, ayse(), "division by zero"},
		{`basket.lines.exists(l, true)`, long, "1001 lines: conditions are made for at most 1000"},
		{`"a" in line.categories`, long, "65 categories: conditions are made for at most 64"},
	} {
		got, err := compile(t, c.text).Holds(c.facts)
		if err == nil || got || !strings.HasSuffix(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "condition ") {
			t.Errorf("%s: %v, %v; want %s", c.text, got, err, c.want)
		}
	}
}

func TestReads(t *testing.T) {
	all := []string{"basket", "line", "tender", "member", "referrer", "event", "now", "store", "l", "tier", "==", "member.visits", "referrer.visits"}
	for text, want := range map[string][]string{
		`true`:                  nil,
		`member.tier == "line"`: {"member"},
		`basket.lines.exists(l, l.sku == line.sku) && store != ""`: {"basket", "line", "store"},
		`(now.hour > 1 ? member : referrer).tier == event.name`:    {"member", "referrer", "event", "now"},
		`basket.tenders.exists(l, l.type == tender.type)`:          {"basket", "tender"},
		`member.visits > 2 && referrer.tier == "visits"`:           {"member", "referrer", "member.visits"},
		`(now.hour > 1 ? member : referrer).visits > 2`:            {"member", "referrer", "now", "member.visits", "referrer.visits"},
	} {
		c := compile(t, text)
		var got []string
		for _, name := range all {
			if c.Reads(name) {
				got = append(got, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if c.String() != text {
			t.Errorf("%s is written as %s", text, c)
		}
	}
}

// What a field is compared with is found wherever it stands, with its place.
func TestNamed(t *testing.T) {
	for text, want := range map[string][]condition.Named{
		`member.tier == "a" && "b" != referrer.tier`:                 {{"a", 1, 16}, {"b", 1, 23}},
		"member.visits > 1 &&\n member.tier in ['a', \"b\"]":         {{"a", 2, 18}, {"b", 2, 23}},
		`["é", "b"].exists(x, x == member.tier)`:                     {{"é", 1, 2}, {"b", 1, 7}},
		`(now.hour > 1 ? member : referrer).tier < "a"`:              {{"a", 1, 43}},
		`basket.lines.exists(l, l.sku == "x" || member.tier == "a")`: {{"a", 1, 55}},
		`member.tier.startsWith("a") || member.tier == store`:        nil,
		`event.on == "a" || line.sku == "b"`:                         nil,
	} {
		if diff := cmp.Diff(want, compile(t, text).Named("member.tier")); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for text, want := range map[string][]condition.Named{
		`"a" in member.statuses && !("b" in referrer.statuses)`: {{"a", 1, 1}, {"b", 1, 29}},
		`member.statuses.exists(s, s == "a" || s in ["b"])`:     {{"a", 1, 32}, {"b", 1, 45}},
		`["a"].all(s, s in member.statuses)`:                    {{"a", 1, 2}},
		`member.statuses == ["a"] && "b" in member.segments`:    {{"a", 1, 21}},
		`member.statuses.exists(s, s.contains("a"))`:            nil,
	} {
		if diff := cmp.Diff(want, compile(t, text).Named("member.statuses")); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestMissing(t *testing.T) {
	for text, want := range map[string]string{
		`member.tier == "vib"`:                                       "",
		`member.tier == "rouge"`:                                     `member.tier == "rouge"`,
		`now.day == 7 && member.tier == "rouge"`:                     `member.tier == "rouge"`,
		`now.day == 8 && member.tier == "rouge"`:                     `now.day == 8`,
		"  now.day == 7\n  &&\n  now.hour < 12 && store == \"0012\"": `now.hour < 12`,
		`now.day == 7 && (now.hour < 12 && store == "0012")`:         `(now.hour < 12 && store == "0012")`,
		`(now.day == 7 && now.hour < 12)`:                            `(now.day == 7 && now.hour < 12)`,
		`now.day == 8 || store == "1" && now.day == 7`:               `now.day == 8 || store == "1" && now.day == 7`,
		`now.day == 7 ? false && true : true`:                        `now.day == 7 ? false && true : true`,
		`!(now.day == 7 && now.month == 4)`:                          `!(now.day == 7 && now.month == 4)`,
		`store != "a && (b" && store == "\"&& ç" && false`:           `store == "\"&& ç"`,
		`store != 'a" && (b' && now.day == 8`:                        `now.day == 8`,
		"now.day == 7 // at (most && \n && now.hour == 1":            `now.hour == 1`,
		`basket.lines.exists(l, l.net > 1 && l.net < 0) && true`:     `basket.lines.exists(l, l.net > 1 && l.net < 0)`,
		`now.day == 7 && 1 / referrer.visits == 1`:                   `1 / referrer.visits == 1`,
	} {
		c := compile(t, text)
		for range 2 {
			if got := c.Missing(ayse()); got != want {
				t.Errorf("%s: missing %q, want %q", text, got, want)
			}
		}
	}
}

// A condition may be asked by several goroutines at once.
func TestTogether(t *testing.T) {
	c := compile(t, `now.weekday == 2 && basket.lines.exists(l, "coffee" in l.categories) && store != "0012"`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				facts := ayse()
				if holds, err := c.Holds(facts); holds || err != nil {
					t.Errorf("holds %v, %v", holds, err)
				}
				if got := c.Missing(facts); got != `store != "0012"` {
					t.Errorf("missing %q", got)
				}
			}
		})
	}
	group.Wait()
}
