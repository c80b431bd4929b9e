package loyalty_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// hundredRules writes a program of a hundred rules and twenty rewards, with
// conditions of every kind.
func hundredRules() []byte {
	var b strings.Builder
	b.WriteString("program: hundred\nversion: 1\ncurrency: USD\nannounced: 2026-01-01\neffective: 2026-01-01\nnotice: P0D\n" +
		"proof: {earn: claimed, redeem: claimed}\neligible: '!(\"gift_card\" in line.categories)'\n" +
		"units: {points: {expires: {idle: P12M}}, spend: {spendable: false}}\n" +
		"tiers: {of: spend, window: calendar_year, keep: next_window, levels: {low: 0, high: 100000}}\n" +
		"limits: {daily: {uses: 1, every: calendar_day}, much: {amount: 500, every: P30D}}\nrules:\n")
	kinds := []string{
		`each: line, when: '"category-%d" in line.categories'`,
		`each: line, when: 'line.sku == "SKU-%d" && member.tier == "high"'`,
		`each: tender, when: 'tender.type == "card-%d"'`,
		`when: 'basket.lines.exists(l, "category-%d" in l.categories) && now.weekday == 2', limit: daily`,
		`when: 'member.birth_month == now.month && basket.net >= %d', limit: [daily, much]`,
		`each: line, from: 2026-05-04, until: 2026-05-11, when: '"segment-%d" in member.segments || "plus" in member.statuses'`,
		`when: 'now.hour >= 14 && now.hour < 16 && basket.partner == "partner-%d"'`,
		`each: line, of: quantity, step: 6, when: 'line.quantity >= %d'`,
		`when: 'basket.departments.exists(d, d == "fuel-%d") && store == "s1"'`,
	}
	for i := range 100 {
		if i%10 == 9 {
			fmt.Fprintf(&b, "- {id: r%d, on: event-%d, when: 'event.name == \"name-%d\" && event.value >= %d', limit: much, give: {points: %d}, status: {plus: P1M}}\n", i, i, i, i, i+1)
			continue
		}
		fmt.Fprintf(&b, "- {id: r%d, on: sale, "+kinds[i%len(kinds)]+", give: {points: %d/100, spend: 1/1}}\n", i, i, i+1)
	}
	b.WriteString("rewards:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "- {id: w%d, cost: {points: %d}, when: 'member.visits >= %d && !basket.lines.exists(l, \"prohibited\" in l.categories)', benefit: {discount: %d}}\n", i, i+1, i, i+1)
	}
	return []byte(b.String())
}

// A program of a hundred rules is read, checked and told in words while somebody
// waits: in 50 ms at most.
func BenchmarkLoadHundred(b *testing.B) {
	source := hundredRules()
	for _, bench := range []struct {
		name string
		does func(*loyalty.Program)
	}{{"load", func(*loyalty.Program) {}}, {"check", func(p *loyalty.Program) { p.Summary() }}} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				p, err := loyalty.Load(source, "hundred.yaml")
				if err != nil {
					b.Fatal(err)
				}
				bench.does(p)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms")
		})
	}
}

// The same program, asked about a sale of ten lines.
func BenchmarkTenLinesOfHundred(b *testing.B) {
	p, err := loyalty.Load(hundredRules(), "hundred.yaml")
	if err != nil {
		b.Fatal(err)
	}
	sale := basket(1999, 250, 1, 99, 100, 12345, 777, 50, 50, 333)
	o := loyalty.Occasion{At: at("2026-05-05"), Basket: &sale, Member: &loyalty.Standing{Tier: "high"}}
	for b.Loop() {
		if _, err := p.Evaluate(o); err != nil {
			b.Fatal(err)
		}
	}
}
