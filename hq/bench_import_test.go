package hq_test

import (
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// BenchmarkImport takes in new members with a name and a balance, 500 lines at a
// time, as `member import` does.
func BenchmarkImport(b *testing.B) {
	const chunk = 500
	w := newWorldOf(b, starter(b))
	file := hq.ImportFile{Hash: ledger.HashOf([]byte("a file")), Program: "starter", Operator: "9"}
	taken := 0
	for b.Loop() {
		lines := make([]hq.ImportLine, chunk)
		for i := range lines {
			lines[i] = hq.ImportLine{
				Line: taken + 2, Amounts: []loyalty.Amount{{Unit: unit, Amount: 500}},
				Person: ledger.Person{Name: fmt.Sprint("Member ", taken), Phone: &ledger.Phone{E164: fmt.Sprintf("+90533%07d", taken)}},
			}
			taken++
		}
		outcomes, err := w.hq.Import(b.Context(), file, lines)
		if err != nil || outcomes[0].Fate != hq.ImportNew {
			b.Fatal(outcomes[0], err)
		}
	}
	b.ReportMetric(float64(taken)/b.Elapsed().Seconds(), "lines/s")
}
