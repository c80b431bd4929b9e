package hq_test

import (
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// BenchmarkSize loads a headquarters with members who buy three lines five times
// each, twelve days apart, so that rights are placed and taken back, and says what
// each table has of it, indexes among it: DISTRIBUTED.md reckons with these.
// go test ./hq -v -bench Size -benchtime 20000x -run - [-args -postgres]
func BenchmarkSize(b *testing.B) {
	const visits = 5
	w := newWorldOf(b, starter(b))
	a := w.newTill("lane 1")
	var all []*shopper
	for i := range max(1, b.N/visits) {
		all = append(all, newShopper(b, w, a, phoneNumber(i)))
		if len(a.lines)-a.acked >= 400 {
			a.sync()
		}
	}
	a.sync()
	for sold := 0; sold < b.N; sold += len(all) {
		for _, s := range all {
			s.buys([]ledger.Line{basketLine("8690000000017", 12_990), basketLine("8690000000024", 4_550), basketLine("8690000000031", 7_500)}, "card")
			if len(a.lines)-a.acked >= 100 {
				a.sync()
			}
		}
		a.sync()
		w.days(12)
		a.sync()
	}
	entries, sum := w.sizes(b)
	b.ReportMetric(float64(sum)/float64(max(1, entries)), "B/entry")
	b.ReportMetric(0, "ns/op")
}

func basketLine(sku string, net ledger.Minor) ledger.Line {
	return ledger.Line{SKU: sku, Net: net, Gross: net, Quantity: 1, Categories: []string{"grocery"}}
}

// sizes logs what each table has, and on PostgreSQL how large it is, and returns how
// many entries came in and how large all of it is.
func (w *world) sizes(b *testing.B) (entries, sum int64) {
	b.Helper()
	db := w.behind()
	defer db.Close()
	number := func(query string, args ...any) (n int64) {
		if err := db.QueryRow(query, args...).Scan(&n); err != nil {
			b.Fatal(err)
		}
		return n
	}
	for _, name := range hq.Tables() {
		rows := number(countOf(name))
		if name == "intake" {
			entries = rows
		}
		if w.database == "" || rows == 0 {
			continue
		}
		size := number(`SELECT pg_total_relation_size(CAST(CAST($1 AS text) AS regclass))`, name)
		sum += size
		b.Logf("%-18s %9d rows %11d B %6d B/row", name, rows, size, size/rows)
	}
	if w.database == "" {
		sum = number(`SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`)
	}
	return entries, sum
}

func countOf(table string) string { return fmt.Sprintf(`SELECT count(*) FROM %s`, table) }
