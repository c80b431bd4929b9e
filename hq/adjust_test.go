package hq_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// adjusts writes an adjustment as a till does.
func (s *shopper) adjusts(amount ledger.Points, flags ...string) *ledger.Entry {
	s.Helper()
	return s.append(&ledger.Entry{
		Kind: ledger.Adjust, Subject: s.subject, Day: "2026-11-22", Program: new(s.program.Ref()), Approver: "9", Flags: flags,
		Adjust: &ledger.Adjustment{ID: uuid.NewString(), Reason: "torn bag"}, Postings: []ledger.Posting{adjusting(amount)},
	}, nil, nil)
}

func adjusting(amount ledger.Points) ledger.Posting {
	if amount < 0 {
		return ledger.Posting{Unit: unit, Amount: -amount, From: ledger.Available, To: ledger.Adjusted}
	}
	return ledger.Posting{Unit: unit, Amount: amount, From: ledger.Adjusted, To: ledger.Available}
}

func starter(t testing.TB) *loyalty.Program {
	t.Helper()
	source, err := os.ReadFile("../configs/programs/starter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := loyalty.Load(source, "starter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A till's adjustment is posted once, with its reason: what is taken comes out of
// what no right has set aside, and the rest is owed.
func TestAdjustAtTill(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	s.buys([]ledger.Line{{Net: 10_000, Gross: 10_000, Quantity: 1}}, "cash")
	s.adjusts(600)
	s.sync()
	b := w.balance(ayse)
	if b.Available+b.Escrowed != 700 || b.Escrowed != 500 {
		t.Fatalf("given: %+v", b)
	}
	s.adjusts(-300)
	s.sync()
	if b = w.balance(ayse); b.Available != 0 || b.Escrowed != 500 || b.Receivable != 100 {
		t.Errorf("taken: %+v", b)
	}
	w.sql(`DELETE FROM projected`)
	w.work()
	s.adjusts(150)
	s.sync()
	if b = w.balance(ayse); b.Available != 50 || b.Receivable != 0 {
		t.Errorf("given again: %+v", b)
	}
	rows, err := w.hq.History(context.Background(), ayse, 50)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, row := range rows {
		if row.Kind == ledger.Adjust && row.Reason == "torn bag" && row.Approver == "9" && row.Terminal == "lane 1" {
			told++
		}
	}
	if told != 3 {
		t.Errorf("the history tells %d adjustments: %+v", told, rows)
	}
	if n := w.status().Quarantined; n != 0 {
		t.Errorf("%d in quarantine", n)
	}
	w.clean()
}

// Headquarters' own adjustment is an entry of its own, once however often it is
// asked for, and every till hears of it.
func TestAdjustAtHeadquarters(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	s.sync()
	a := hq.Adjustment{ID: newEntryID(), Phone: ayse, Program: "starter", Posting: adjusting(200), Reason: "late delivery", Operator: "zeynep", Approver: "zeynep"}
	for range 2 {
		done, err := w.hq.Adjust(context.Background(), a)
		if err != nil || done.Balance.Available != 200 || done.Entry.Adjust.Reason != "late delivery" || done.Entry.Operator != "zeynep" {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	a = hq.Adjustment{ID: newEntryID(), Phone: ayse, Program: "starter", Posting: adjusting(-250), Reason: "wrong member"}
	if done, err := w.hq.Adjust(context.Background(), a); err != nil || done.Balance.Available != 0 || done.Balance.Receivable != 50 {
		t.Errorf("%+v, %v", done, err)
	}
	w.work()
	s.sync()
	a.Phone = "+905329999999"
	if _, err := w.hq.Adjust(context.Background(), a); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("nobody's: %v", err)
	}
	w.restart()
	if b := w.balance(ayse); b.Available != 0 || b.Receivable != 50 {
		t.Errorf("after a restart: %+v", b)
	}
	w.clean()
}
