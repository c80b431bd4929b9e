package loyalty_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// namesSource is a program with levels, a status and an activity, and a place
// for rules and rewards that ask for them.
const namesSource = `
program: names
version: 1
currency: USD
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}, spend: {spendable: false}}
tiers: {of: spend, window: P12M, keep: P6M, levels: {silver: 0, gold: 10000}}
rules:
  - {id: base, on: sale, give: {points: 1/100, spend: 1/1}}
  - {id: hello, on: check_in, give: {points: 5}}
  - {id: plus, on: sale, until: 2026-01-01, status: {plus: P12M}}
  - {id: x, on: sale, each: line, when: 'WHEN', give: {points: 2/100}}
rewards:
  - {id: five, cost: {points: 500}, benefit: {discount: 500}}
`

func loadNames(when string) (*loyalty.Program, error) {
	return loyalty.Load([]byte(strings.Replace(namesSource, "WHEN", when, 1)), "p")
}

// A level, status or activity that a condition asks for is one of the program's;
// where it is not, its place is told, and what was meant.
func TestNamesThatAreNotTheProgramsOwn(t *testing.T) {
	const begins = 42 // the column of a condition
	for _, c := range []struct {
		when   string
		before int // what stands before the name
		want   string
	}{
		{`member.tier == "goold"`, 15, `when asks for level "goold", and there is none of that name: did you mean "gold"?`},
		{`basket.net > 5 && referrer.tier in ["gold", "platinum"]`, 44, `when asks for level "platinum", and there is none of that name: a level stands under tiers`},
		{`["silver", "Gold"].exists(l, member.tier == l)`, 11, `when asks for level "Gold", and there is none of that name: did you mean "gold"?`},
		{`!("pluss" in member.statuses)`, 2, `when asks for status "pluss", which no rule gives: did you mean "plus"?`},
		{`member.statuses.exists(s, s == "vip")`, 31, `when asks for status "vip", which no rule gives: one gives it by status: {NAME: P12M}, and a rule that is over keeps its name`},
		{`event.on == "chek_in"`, 12, `when asks for event "chek_in", which no rule is on: did you mean "check_in"?`},
		{`event.on == "party"`, 12, `when asks for event "party", which no rule is on: an activity is what a rule is on`},
	} {
		_, err := loadNames(c.when)
		if got, want := fmt.Sprint(err), fmt.Sprintf("p:15:%d: %s", begins+c.before, c.want); got != want {
			t.Errorf("%s\n got %s\nwant %s", c.when, got, want)
		}
	}
}

// What is the shop's, and what nobody has, is free; so are names that are
// looked at in part.
func TestNamesThatAreFree(t *testing.T) {
	for _, when := range []string{
		`line.sku == "ANY" || "any" in line.categories || "any" in member.segments || basket.partner == "any" || store == "any"`,
		`"any" in basket.departments || event.name == "any" || event.ref == "any"`,
		`member.tier == "" || referrer.tier != "gold" || member.tier.startsWith("go")`,
		`"plus" in member.statuses && event.on in ["sale", "check_in"]`,
	} {
		p, err := loadNames(when)
		if err != nil {
			t.Errorf("%s: %v", when, err)
			continue
		}
		// A rule that is over keeps the name of a status that may still hold.
		if warnings := p.Summary().Warnings; len(warnings) > 0 {
			t.Errorf("warns %v", warnings)
		}
	}
}

// All of them are told, in the order of the file; but a name may be missing
// where something else is wrong, and then that is told alone.
func TestNamesAreLookedAtLast(t *testing.T) {
	source := strings.NewReplacer("WHEN", `member.tier == "god" && "pus" in member.statuses`, "discount: 500}", "discount: 500}, when: 'member.tier == \"a\"'").Replace(namesSource)
	for source, want := range map[string][]string{
		source: {"p:15:57", "p:15:66", "p:17:85"},
		strings.Replace(source, "levels", "level", 1): {"p:10:45"},
	} {
		_, err := loyalty.Load([]byte(source), "p")
		var got []string
		for line := range strings.Lines(err.Error()) {
			place, _, _ := strings.Cut(line, ": ")
			got = append(got, place)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v: %s", err, diff)
		}
	}
}

// A version that members were told stays what it is, whatever it asks for.
func TestPublishedNamesStay(t *testing.T) {
	source := []byte(strings.Replace(namesSource, "WHEN", `member.tier == "goold"`, 1))
	p, err := loyalty.LoadPublished(source, "p")
	if err != nil {
		t.Fatal(err)
	}
	sale := basket(1000)
	out := evaluate(t, p, loyalty.Occasion{At: at("2026-03-01"), Basket: &sale, Member: &loyalty.Standing{Tier: "gold"}})
	if got, want := postingWords(out.Earned), "points base 10@0; spend base 1000@0"; got != want {
		t.Errorf("earned %q, want %q", got, want)
	}
	if heard := loyalty.Hear([][]byte{source}, nil, "2026-03-01"); len(heard.Versions) != 1 {
		t.Errorf("a till heard %v", heard)
	}
}
