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

// BenchmarkAudit looks a headquarters through whose members bought ten things at a time,
// one of them a tenth of all: Verify, Fsck and Differences, each beside the driver alone
// that reads once the rows that they look at.
func BenchmarkAudit(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) {
			m := newMarket(b, engine, saleLines)
			m.history(*auditedSales)
			meter := meterOf(b, m.world)
			var bare cost
			ours := map[string]*cost{"verify": {}, "rebuild --check": {}, "fsck": {}}
			entries := 0
			for b.Loop() {
				entries += marketHeads + m.sold
				bare.add(meter.of(m.readAll))
				for name, look := range map[string]func() []audit.Finding{
					"verify": m.verify, "rebuild --check": m.differences, "fsck": func() []audit.Finding { return m.fsck().Findings },
				} {
					ours[name].add(meter.of(func() {
						if found := look(); len(found) > 0 {
							b.Error(found[0])
						}
					}))
				}
			}
			for _, name := range []string{"rebuild --check", "verify", "fsck"} {
				fmt.Printf("%s: an entry in %s took %s of processors, to read it by the driver alone %s\n",
					engine, name, ours[name].each(entries), bare.each(entries))
				testkit.Goal{
					Number: 6, What: engine + ": " + name + ", to reading the rows by the driver alone, processors",
					Ours: ours[name].perEntry(entries), Bare: bare.perEntry(entries), Unit: "µs", Limit: 10,
				}.Print(b)
			}
		})
	}
}

// history has members buy so many times, one of them each tenth time.
func (m *market) history(sales int) {
	m.Helper()
	others := m.subjects
	for m.sold < sales {
		for i, t := range m.tills {
			m.subjects = others
			m.sell(t, roundSales/roundLanes*9/10)
			m.subjects = others[i/len(m.tills):][:1]
			m.sell(t, roundSales/roundLanes/10)
		}
		m.subjects = others
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
	rows, err := db.Query("SELECT * FROM " + table)
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
