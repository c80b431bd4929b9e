package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// BenchmarkTake is batches of 500 sales of 1,000 members from the wire to the
// ledgers: over TLS, in SQLite past fsync, and projected.
func BenchmarkTake(b *testing.B) {
	const batch = 500
	w := newWorld(b)
	a := w.newTill("lane 1")
	var subjects []ledger.Subject
	for i := range 1000 {
		subjects = append(subjects, ledger.SubjectOf(a.addMember(phoneNumber(i), "")))
		if i%batch == batch-1 {
			a.push()
		}
	}
	a.sync()
	b.ReportAllocs()
	sold := 0
	for b.Loop() {
		b.StopTimer()
		for range batch {
			a.earn(subjects[sold%len(subjects)], 10)
			sold++
		}
		b.StartTimer()
		a.push()
		if _, err := w.hq.Project(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sold)/b.Elapsed().Seconds(), "entries/s")
	b.StopTimer()
	w.work()
	w.clean()
}
