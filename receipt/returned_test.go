package receipt_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// back is a return with all that its paper can tell, of sale.
func back(t testing.TB) *ledger.Entry {
	t.Helper()
	s := sale(t)
	right := ledger.RightID{15: 1}
	return &ledger.Entry{
		V: ledger.Version, ID: s.ID, Kind: ledger.Returned, At: at, Day: "2026-11-22", Subject: ledger.SaleSubject(s.ID),
		Return: &ledger.Return{
			ID: "R-1", Receipt: "1-18", Currency: "TRY",
			Of: ledger.SaleRef{Terminal: ledger.TerminalID{15: 9}, Day: "2026-11-20", ID: "S-1", Entry: s.ID},
			Lines: []ledger.ReturnedLine{
				{Line: 1, Quantity: 2, Net: 44990, Gross: 53988, Discount: 487},
				{Line: 2, Quantity: 1},
				{Line: 3, Quantity: 1, Net: 1, Gross: 1},
			},
			Total: 53502,
		},
		Postings: []ledger.Posting{
			{Unit: "points", Amount: 530, From: ledger.Available, To: ledger.Issued},
			{Unit: "points", Amount: 5, From: ledger.Available, To: ledger.Issued},
			{Unit: "points", Amount: 487, From: ledger.Redeemed, To: ledger.Available, Right: right},
		},
		Told: &ledger.Told{Unit: "points", AsOf: at, Balance: 0, Pending: 487, Owed: 48},
	}
}

// The paper of a return is laid out right on each width, as text and page.
func TestReturn(t *testing.T) {
	paper := receipt.FromReturn(back(t), sale(t), header())
	for _, columns := range []int{32, 42, 48} {
		golden(t, fmt.Sprintf("return-%d.txt", columns), paper.Text(columns))
		fragment, err := paper.HTML(columns)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, fmt.Sprintf("return-%d.html", columns), string(fragment))
	}
}

// A void, copied in training, of the same day.
func TestVoid(t *testing.T) {
	e, h := back(t), header()
	e.Kind, e.Return.Of.Day = ledger.Voided, e.Day
	h.Copy, h.Training = true, true
	golden(t, "void-42.txt", receipt.FromReturn(e, sale(t), h).Text(42))
}

// All of a sale of another till has no amount here: the paper says no wrong
// one.
func TestAllOfElsewhere(t *testing.T) {
	e := &ledger.Entry{Kind: ledger.Voided, At: 1795305600000, Day: "2026-11-22", Return: &ledger.Return{
		ID: "R-1", Receipt: "100000142", Currency: "TRY", Of: ledger.SaleRef{Terminal: ledger.TerminalID{1}, Day: "2026-11-22", ID: "S-9"},
	}}
	text := receipt.FromReturn(e, nil, receipt.Header{Store: "Shop", Zone: time.UTC}).Text(32)
	if strings.Contains(text, "0.00") || !strings.Contains(text, "All of the sale comes back") {
		t.Errorf("paper:\n%s", text)
	}
}

// A return of another till's sale promises nothing.
func TestReturnOfElsewhere(t *testing.T) {
	e, h := back(t), header()
	e.Return.Of.Entry, e.Subject = ledger.EntryID{}, ledger.SaleSubject(e.ID)
	e.Postings, e.Told, h.Member = nil, nil, ""
	for i := range e.Return.Lines {
		e.Return.Lines[i].Discount = 0
	}
	golden(t, "elsewhere-32.txt", receipt.FromReturn(e, nil, h).Text(32))
}

// The paper is decided by the entries' bytes alone, however the sale is found.
func TestReturnSaysTheSame(t *testing.T) {
	e := back(t)
	body, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ledger.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	want := receipt.FromReturn(e, sale(t), header()).Text(42)
	if diff := cmp.Diff(want, receipt.FromReturn(again, sale(t), header()).Text(42)); diff != "" {
		t.Error(diff)
	}
	for _, other := range []*ledger.Entry{nil, {Kind: ledger.Enroll}, {Sale: &ledger.Sale{}}} {
		if got := receipt.FromReturn(e, other, header()).Text(42); !strings.Contains(got, "535.02") || !strings.Contains(got, "Of receipt S-1") {
			t.Errorf("without its sale the paper says\n%s", got)
		}
	}
}
