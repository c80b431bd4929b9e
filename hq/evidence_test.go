package hq_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// evidenceOf makes evidence and checks it as another machine would.
func (w *world) evidenceOf(t *till, from, to ledger.Date) (c ledger.EvidenceCheck, err error) {
	w.Helper()
	err = w.hq.Evidence(w.Context(), t.Terminal, from, to, func(line ledger.EvidenceLine) error {
		text, err := json.Marshal(line)
		if err != nil {
			w.Fatal(err)
		}
		return c.Take(text)
	})
	if err == nil {
		err = c.End()
	}
	return c, err
}

// Evidence of a day has its entries and all up to the seal behind them, across a new
// epoch, and of a journal that was changed at headquarters there is none.
func TestEvidenceOfDays(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	s.push() // her enroll
	sale := s.buys([]ledger.Line{{SKU: "tea <b>&", Net: 10_000, Gross: 10_000, Quantity: 1}}, "cash")
	s.push()
	s.openEpoch(2, s.head.Hash)
	s.adjusts(5)
	s.adjusts(7)
	s.mustHello("in_step")
	s.push()
	w.work()
	c, err := w.evidenceOf(s.till, sale.Day, sale.Day)
	if err != nil || len(c.Statement.Parts) != 2 || c.Seals != 2 || c.Entries < 3 || c.Statement.Name != "lane 1" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := w.evidenceOf(s.till, "2020-01-01", "2020-01-02"); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("of other days: %v", err)
	}
	w.sql(`UPDATE intake SET body = CAST(replace(CAST(body AS TEXT), '10000', '10001') AS BLOB) WHERE body LIKE '%10000%'`)
	if _, err := w.evidenceOf(s.till, sale.Day, sale.Day); !errors.Is(err, ledger.ErrEvidence) {
		t.Errorf("of a changed journal: %v", err)
	}
}
