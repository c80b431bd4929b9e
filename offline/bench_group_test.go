package offline_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// groupClients are the clients of BenchmarkGroup.
const groupClients = 64

// BenchmarkGroup lets 64 clients sell at once, each waiting for its sale to be
// on disk before the next: through the store, and through the least that could
// do it, one goroutine that writes all that wait in one transaction of prepared
// statements; and one client alone through the store. The goals are at least
// 0.6 of the bare one's rate and 7 times that of one client.
func BenchmarkGroup(b *testing.B) {
	tl := newTill(b)
	bare := newBareGroup(newBareJournal(b))
	defer close(bare.queue)
	ana := newAccountID()
	const rounds = 5 // in turns, since the disk has its moods
	each := max(b.N/groupClients/rounds, 4)
	var store, theirs, alone time.Duration
	for range rounds {
		theirs += sell(b, groupClients, each, tl, ana, bare.insert)
		store += sell(b, groupClients, each, tl, ana, func(r ledger.Record) error { return tl.Append(context.Background(), r) })
		alone += sell(b, 1, each*4, tl, ana, func(r ledger.Record) error { return tl.Append(context.Background(), r) })
	}
	sold := float64(rounds * each)
	rate, bareRate, aloneRate := groupClients*sold/store.Seconds(), groupClients*sold/theirs.Seconds(), 4*sold/alone.Seconds()
	b.ReportMetric(rate/bareRate, "rate_ratio")
	b.ReportMetric(rate/aloneRate, "times_one")
	b.ReportMetric(rate, "store_per_s")
	b.ReportMetric(bareRate, "bare_per_s")
	b.ReportMetric(aloneRate, "one_per_s")
	b.ReportMetric(0, "ns/op")
	testkit.Goal{Number: 2, What: "64 clients, group commit, rate", Ours: rate, Bare: bareRate, Unit: "/s", Limit: 0.6, Least: true}.Print(b)
	testkit.Goal{Number: 2, What: "64 clients against one, rate", Ours: rate, Bare: aloneRate, Unit: "/s", Limit: 7, Least: true}.Print(b)
}

// sell times clients who each sell so often.
func sell(b *testing.B, clients, each int, tl *till, account ledger.AccountID, write func(ledger.Record) error) time.Duration {
	records := make([][]ledger.Record, clients)
	for i := range records {
		for range each {
			records[i] = append(records[i], tl.sale(account, 19))
		}
	}
	var selling sync.WaitGroup
	began := time.Now()
	for _, mine := range records {
		selling.Go(func() {
			for _, r := range mine {
				if err := write(r); err != nil {
					b.Error(err)
				}
			}
		})
	}
	selling.Wait()
	return time.Since(began)
}

// bareGroup is one goroutine that writes what waits for it.
type bareGroup struct {
	journal *bareJournal
	queue   chan bareWaiting
	n       int64
}

type bareWaiting struct {
	record ledger.Record
	done   chan struct{}
}

func newBareGroup(journal *bareJournal) *bareGroup {
	g := &bareGroup{journal: journal, queue: make(chan bareWaiting, groupClients)}
	go g.write()
	return g
}

func (g *bareGroup) insert(r ledger.Record) error {
	w := bareWaiting{r, make(chan struct{})}
	g.queue <- w
	<-w.done
	return nil
}

func (g *bareGroup) write() {
	for first := range g.queue {
		group := []bareWaiting{first}
		for len(g.queue) > 0 {
			group = append(group, <-g.queue)
		}
		g.journal.exec(g.journal.begin)
		for _, w := range group {
			g.n++
			g.journal.put(g.n, w.record)
		}
		g.journal.exec(g.journal.commit)
		for _, w := range group {
			close(w.done)
		}
	}
}
