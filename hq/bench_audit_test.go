package hq_test

import (
	"database/sql"
	"flag"
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

var auditedSales = flag.Int("audited", 20_000, "sales that headquarters is looked through with, for BenchmarkAudit")

// audited is one way to look a headquarters through, and what it took. Its limit, of what
// the driver alone takes, is a third of what it took before rows were read many at once.
type audited struct {
	name  string
	look  func() []audit.Finding
	limit float64
	took  cost
}

// BenchmarkAudit looks a headquarters through whose members bought ten things at a time,
// one of them a tenth of all: Verify, Fsck and Differences, each beside the driver alone
// that reads once the rows that they look at.
func BenchmarkAudit(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) { benchmarkAudit(b, engine) })
	}
}

func benchmarkAudit(b *testing.B, engine string) {
	m := newMarket(b, engine, saleLines)
	m.history(*auditedSales)
	meter, entries, bare := meterOf(b, m.world), 0, cost{}
	all := []*audited{
		{name: "rebuild --check", look: m.differences, limit: 3.5},
		{name: "verify", look: m.verify, limit: 4.8},
		{name: "fsck", look: func() []audit.Finding { return m.fsck().Findings }, limit: 12},
	}
	for b.Loop() {
		entries += marketHeads + m.sold
		bare.add(meter.of(m.readAll))
		for _, a := range all {
			a.took.add(meter.of(func() {
				if found := a.look(); len(found) > 0 {
					b.Errorf("%s: %v", a.name, found)
				}
			}))
		}
	}
	for _, a := range all {
		fmt.Printf("%s: an entry in %s took %s of processors, to read it by the driver alone %s\n", engine, a.name, a.took.each(entries), bare.each(entries))
		testkit.Goal{
			Number: 6, What: engine + ": " + a.name + ", to reading the rows once by the driver alone, processors",
			Ours: a.took.perEntry(entries), Bare: bare.perEntry(entries), Unit: "µs", Limit: a.limit,
		}.Print(b)
	}
}

// history has members buy so many times, one of them each tenth time.
func (m *market) history(sales int) {
	m.Helper()
	all := m.subjects
	for m.sold < sales {
		for _, t := range m.tills {
			m.sell(t, roundSales/roundLanes*9/10)
			m.subjects = all[:1]
			m.sell(t, roundSales/roundLanes/10)
			m.subjects = all
		}
		m.drain()
		m.project()
	}
	m.work()
}

// readAll reads what a look reads, each row once.
func (m *market) readAll() {
	m.Helper()
	db := m.behind()
	defer db.Close()
	for _, table := range []string{
		"intake", "ledger", "claim_entry", "claim_sale", "lot", "account", "balance", "member_state", "due", "attachment", "person",
	} {
		if err := readTable(db, table); err != nil {
			m.Fatal(err)
		}
	}
}

func readTable(db *sql.DB, table string) error {
	rows, err := db.Query((&written{table: table}).query())
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	into := make([]any, len(columns))
	for i := range into {
		into[i] = new(sql.RawBytes)
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// differences are what rebuild --check finds.
func (w *world) differences() []audit.Finding {
	w.Helper()
	found, err := w.hq.Differences(w.Context(), nil)
	if err != nil {
		w.Fatal(err)
	}
	return found
}
