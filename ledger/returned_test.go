package ledger_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func returned(t testing.TB) *ledger.Entry {
	t.Helper()
	of := sale(t)
	e := *of
	e.Kind, e.Sale, e.Told = ledger.Returned, nil, nil
	e.Subject = ledger.SaleSubject(of.ID)
	e.ID[15]++
	e.Return = &ledger.Return{
		ID: "R-1", Receipt: "2", Currency: "TRY", Total: 10000,
		Of:    ledger.SaleRef{Terminal: ledger.TerminalID{1}, Day: of.Day, ID: of.Sale.ID, Entry: of.ID},
		Lines: []ledger.ReturnedLine{{Net: 10000, Gross: 10000, Quantity: 1}},
	}
	e.Postings = []ledger.Posting{{
		Unit: "points", Amount: 99, From: ledger.Available, To: ledger.Issued, Rule: "base", Line: new(int),
	}}
	return &e
}

// A return keeps what it says through its bytes.
func TestReturnRoundTrip(t *testing.T) {
	want := returned(t)
	body, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ledger.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestReturnIsChecked(t *testing.T) {
	cases := []struct {
		name   string
		change func(*ledger.Entry)
		want   string
	}{
		{"no sale", func(e *ledger.Entry) { e.Return = nil }, "without a sale"},
		{"no id", func(e *ledger.Entry) { e.Return.ID = "" }, "return_id"},
		{"no terminal", func(e *ledger.Entry) { e.Return.Of.Terminal = ledger.TerminalID{} }, "terminal_id"},
		{"no day", func(e *ledger.Entry) { e.Return.Of.Day = "" }, "business_day_date"},
		{"below zero", func(e *ledger.Entry) { e.Return.Lines[0].Net = -1 }, "below 0"},
		{"no currency", func(e *ledger.Entry) { e.Return.Currency = "" }, "currency"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := returned(t)
			c.change(e)
			if _, err := e.Encode(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}
