package condition_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

var benchmarked = []string{
	`member.tier == "vib"`,
	`"fragrance" in line.categories`,
	`member.birth_month == now.month && basket.net >= 12500`,
	`now.weekday == 2 && basket.lines.exists(l, "coffee" in l.categories)`,
}

func BenchmarkHolds(b *testing.B) {
	facts := ayse()
	for _, text := range benchmarked {
		b.Run(text, func(b *testing.B) {
			c := compile(b, text)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Holds(facts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The fullest basket, no line of which says yes.
func BenchmarkHoldsFull(b *testing.B) {
	facts := condition.Full()
	for _, text := range []string{
		`basket.lines.exists(l, "coffee" in l.categories)`,
		`basket.lines.exists(l, basket.lines.exists(m, m.net > l.net))`,
		`basket.lines.exists(l, basket.lines.exists(m, m.sku != l.sku && "coffee" in m.categories))`,
	} {
		b.Run(text, func(b *testing.B) {
			c := compile(b, text)
			for b.Loop() {
				if _, err := c.Holds(facts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, text := range benchmarked {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				compile(b, text)
			}
		})
	}
}

// A program of a hundred rules, each with a condition.
func BenchmarkCompileHundred(b *testing.B) {
	for b.Loop() {
		for i := range 100 {
			compile(b, samples[i%len(samples)])
		}
	}
}
