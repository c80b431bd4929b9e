package offline_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"
	"time"
)

// BenchmarkPrune forgets a month of sales, and says how long a customer waits at most
// who comes while some of it goes, and how much of the file is free then.
func BenchmarkPrune(b *testing.B) {
	const sales = 20_000
	for range b.N {
		tl := newTill(b)
		tl.fill(sales, day)
		tl.advance(month)
		tl.backedUp(tl.place())
		var took []time.Duration
		gone := 0
		for more := true; more; {
			before := time.Now()
			n, again, err := tl.Prune(context.Background(), tl.summed)
			tl.must("prune", err)
			took, gone, more = append(took, time.Since(before)), gone+n, again
		}
		if gone != sales {
			b.Fatalf("%d bodies went", gone)
		}
		var pages, free float64
		db, err := sql.Open("sqlite3", "file:"+tl.path("journal.db")+"?mode=ro")
		tl.must("open", err)
		tl.must("count pages", db.QueryRow(`SELECT p.page_count, f.freelist_count FROM pragma_page_count p, pragma_freelist_count f`).Scan(&pages, &free))
		tl.must("close", db.Close())
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "run_p50_us")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "run_p99_us")
		b.ReportMetric(100*free/pages, "%free")
		b.ReportMetric(0, "ns/op")
	}
}
