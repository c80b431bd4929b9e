package hq_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// What is kept of a person is given out whole: who she is, what she has and until
// when, and every entry as it was written. Printed by mistake it tells nobody.
func TestExportMember(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	sale := s.buys([]ledger.Line{{SKU: "tea", Net: 70_000, Gross: 70_000, Quantity: 1}}, "cash")
	s.give(s.subject, "29123")
	s.sync()
	m, err := w.hq.ExportMember(context.Background(), ayse)
	if err != nil {
		t.Fatal(err)
	}
	if m.Person.Phone.E164 != ayse || len(m.Person.Cards) != 1 || m.Person.Cards[0] != "29123" {
		t.Error("another person")
	}
	var left ledger.Points
	for _, l := range m.Lots {
		left += l.Left
	}
	if left != 200 || len(m.Rights) != 1 || m.Rights[0].Rest != 500 || len(m.Remembered) != 1 {
		t.Errorf("%d left in lots, rights %+v, memory %+v", left, m.Rights, m.Remembered)
	}
	if uint64(len(m.History)) != m.Rows {
		t.Errorf("%d of %d rows", len(m.History), m.Rows)
	}
	text, err := json.Marshal(m)
	if err != nil || !strings.Contains(string(text), `"sku":"tea"`) || !strings.Contains(string(text), sale.ID.String()) {
		t.Errorf("%v: the sale is not in %s", err, text)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if printed := fmt.Sprintf(verb, m); strings.Contains(printed, "5321234567") || strings.Contains(printed, "29123") {
			t.Errorf("%s tells who she is", verb)
		}
	}
}

// The books get what each account has, as of one instant, and nobody's sales are
// no account.
func TestEachBalance(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	s.buys([]ledger.Line{{Net: 70_000, Gross: 70_000, Quantity: 1}}, "cash")
	s.suspect("alone", mehmet, 40)
	s.sync()
	var all []report.AccountBalance
	err := w.hq.EachBalance(context.Background(), func(b report.AccountBalance) error {
		all = append(all, b)
		return nil
	})
	if err != nil || len(all) != 1 || all[0].Available != 200 || all[0].Escrowed != 500 || all[0].Account != string(s.subject) {
		t.Errorf("%+v, %v", all, err)
	}
}
