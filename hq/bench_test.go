package hq_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// BenchmarkTake is a thousand sales of one line and of ten from each of four lanes, from the
// wire to the ledgers: over TLS, past fsync, projected; and the same batches sent once
// more. Beside it the bare driver writes the same rows by itself.
func BenchmarkTake(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		for _, lines := range []int{1, saleLines} {
			b.Run(fmt.Sprintf("%s/%d", engine, lines), func(b *testing.B) { benchmarkTake(b, engine, lines) })
		}
	}
}

func benchmarkTake(b *testing.B, engine string, lines int) {
	m := newMarket(b, engine, lines)
	engine = fmt.Sprintf("%s, sales of %d", engine, lines)
	meter := meterOf(b, m.world)
	var ours, intake, again, sealing cost
	replayed := 0
	for b.Loop() {
		b.StopTimer()
		m.fill()
		from := make([]int, len(m.tills))
		for i, t := range m.tills {
			from[i] = t.acked
		}
		b.StartTimer()
		intake.add(meter.of(m.drain))
		ours.add(meter.of(m.project))
		b.StopTimer()
		for i, t := range m.tills {
			replayed += t.acked - from[i]
			t.acked = from[i]
		}
		again.add(meter.of(m.drain))
		sealing.add(meter.of(func() { m.seal(from) }))
		b.StartTimer()
	}
	b.StopTimer()
	projection := ours
	// What tills do, to seal and to pack, is done once more by itself and is not
	// headquarters'. Their side of TLS stays in: some microseconds.
	intake.client -= sealing.client
	again.client -= sealing.client
	ours.add(intake)
	b.ReportMetric(rate(m.sold, ours), "entries/s")
	b.ReportMetric(rate(m.sold, intake), "intake/s")
	b.ReportMetric(rate(replayed, again), "replayed/s")
	fmt.Printf("%s: a sale's intake took %s of processors, the %.0f µs of its till's sealing taken out; its projection %s; a repeated one %s\n",
		engine, intake.each(m.sold), sealing.perEntry(m.sold), projection.each(m.sold), again.each(replayed))
	testkit.Goal{
		Number: 6, What: engine + ": batches that are there already, to those that are new",
		Ours: rate(replayed, again), Bare: rate(m.sold, intake), Unit: "entries/s", Limit: 4, Least: true,
	}.Print(b)
	if m.database == "" {
		testkit.Goal{Number: 6, What: engine + ": intake and projection", Ours: rate(m.sold, ours), Unit: "entries/s", Limit: 8000, Least: true}.Print(b)
		testkit.Goal{Number: 6, What: engine + ": intake and projection, processors: 8,000 a second of one", Ours: ours.perEntry(m.sold), Unit: "µs", Limit: 125}.Print(b)
	}
	m.besideBare(b, engine, meter, ours)
	m.work()
	m.clean()
}

// BenchmarkTakeOn is the same while it comes: four lanes send as fast as they are
// acked, and what is there is projected meanwhile.
func BenchmarkTakeOn(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) {
			m := newMarket(b, engine, saleLines)
			meter := meterOf(b, m.world)
			var ours cost
			for b.Loop() {
				b.StopTimer()
				m.fill()
				b.StartTimer()
				ours.add(meter.of(func() { m.drainAndProject(roundSales) }))
			}
			b.StopTimer()
			fmt.Printf("%s: a sale taken in and projected while others come took %s of processors, its till's among it\n", engine, ours.each(m.sold))
			if engine == "SQLite" {
				testkit.Goal{Number: 6, What: "SQLite: intake and projection at once", Ours: rate(m.sold, ours), Unit: "entries/s", Limit: 8000, Least: true}.Print(b)
			}
			b.ReportMetric(rate(m.sold, ours), "entries/s")
			m.work()
			m.clean()
		})
	}
}

// rate is how many of something there were a second.
func rate(n int, u cost) float64 { return float64(n) / max(u.wall, time.Microsecond).Seconds() }
