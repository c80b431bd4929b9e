package hq_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

const (
	// A round of a benchmark is as many sales as this, from as many lanes at once.
	roundSales = roundLanes * 1000
	roundLanes = 4
	// bareSales is how many of them the bare driver commits together.
	bareSales = 1000
	// saleLines is how many lines a sale has, where nothing else is said: some two
	// kilobytes, so that this many of them are a batch.
	saleLines   = 10
	batchSales  = 125
	marketHeads = 2000 // members
)

// market is a chain under the tiered program, whose members buy at a few lanes.
type market struct {
	*world
	tills    []*till
	subjects []ledger.Subject
	baskets  []*ledger.Entry
	draw     *rand.Rand
	sold     int
}

// newMarket opens one on an engine, with its members enrolled.
func newMarket(b *testing.B, engine string, saleLines int) *market {
	b.Helper()
	w := &world{TB: b, program: shippedProgram(b, "tiered-points.yaml")}
	if engine == "PostgreSQL" {
		w.database = postgrestest.Shared(b).Database(b)
	}
	w.found()
	m := &market{world: w, draw: rand.New(rand.NewPCG(1, 1))}
	for i := range roundLanes {
		m.tills = append(m.tills, w.newTill(fmt.Sprintf("lane %d", i)))
	}
	for i := range marketHeads {
		m.subjects = append(m.subjects, ledger.SubjectOf(m.tills[0].addMember(phoneNumber(i), "")))
		if (i+1)%500 == 0 {
			m.tills[0].push()
		}
	}
	w.work()
	for range 50 {
		m.baskets = append(m.baskets, m.basket(saleLines))
	}
	return m
}

// basket is a sale of 500 things, as a till evaluates and writes it.
func (m *market) basket(saleLines int) *ledger.Entry {
	m.Helper()
	s := shopper{till: m.tills[0], program: m.program}
	var lines []ledger.Line
	var total ledger.Minor
	for range saleLines {
		price := ledger.Minor(100 * (1 + m.draw.IntN(40)))
		total += price
		lines = append(lines, ledger.Line{
			SKU: fmt.Sprintf("869%010d", m.draw.IntN(500)), Net: price, Gross: price, Quantity: 1, Categories: []string{"skin_care"},
		})
	}
	tenders := []ledger.Tender{{Type: "card", Amount: total}}
	out := s.evaluate(loyalty.Occasion{Basket: &loyalty.Basket{Currency: m.program.Currency(), Lines: lines, Tenders: tenders}})
	e := &ledger.Entry{
		Kind: ledger.Sold, Day: out.Day, Proof: ledger.Claimed, Program: new(m.program.Ref()),
		Sale: &ledger.Sale{Receipt: "1", Currency: m.program.Currency(), Lines: out.Lines, Total: out.Total, Tenders: tenders},
	}
	e.Postings, _ = m.program.Pledge(out.Earned)
	return e
}

// sell has a lane write sales of members drawn at random.
func (m *market) sell(at *till, sales int) {
	for range sales {
		e := *m.baskets[m.draw.IntN(len(m.baskets))]
		sale := *e.Sale
		sale.ID = saleID()
		e.Sale, e.Subject = &sale, m.subjects[m.draw.IntN(len(m.subjects))]
		at.append(&e, nil, nil)
		m.sold++
	}
}

// fill has each lane write its part of a round.
func (m *market) fill() {
	for _, t := range m.tills {
		m.sell(t, roundSales/roundLanes)
	}
}

// drain sends what the lanes wrote, all at once, a batch after the other.
func (m *market) drain() {
	m.Helper()
	if err := m.send(); err != nil {
		m.Fatal(err)
	}
}

func (m *market) send() error {
	var g errgroup.Group
	for _, t := range m.tills {
		g.Go(func() error {
			for t.acked < len(t.lines) {
				ack, err := t.send(t.batch(t.acked, min(t.acked+batchSales, len(t.lines))))
				if err != nil {
					return err
				}
				t.token, t.acked = ack.Token, int(ack.UpTo.Seq)
			}
			return nil
		})
	}
	return g.Wait()
}

// drainAndProject posts what lanes send while they send it, until all of it is.
func (m *market) drainAndProject(sales int) {
	m.Helper()
	var g errgroup.Group
	g.Go(m.send)
	for sales > 0 {
		n, err := m.hq.Project(m.Context(), roundSales)
		if err != nil {
			m.Fatal(err)
		}
		if sales -= n; n == 0 {
			time.Sleep(time.Millisecond) // for the next batch
		}
	}
	if err := g.Wait(); err != nil {
		m.Fatal(err)
	}
}

// seal does once more what lanes did to send what they wrote from a place on, without
// sending it.
func (m *market) seal(from []int) {
	for i, t := range m.tills {
		for at := from[i]; at < t.acked; at += batchSales {
			wire.Pack(t.batch(at, min(at+batchSales, t.acked)))
		}
	}
}

// project posts a round.
func (m *market) project() {
	m.Helper()
	for left := roundSales; left > 0; {
		n, err := m.hq.Project(m.Context(), left)
		if err != nil || n == 0 {
			m.Fatalf("projected %d of %d: %v", n, left, err)
		}
		left -= n
	}
}
