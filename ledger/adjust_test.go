package ledger_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func adjustment(t testing.TB) *ledger.Entry {
	t.Helper()
	e := sale(t)
	e.Kind, e.Sale, e.Told = ledger.Adjust, nil, nil
	e.Adjust, e.Approver, e.Flags = &ledger.Adjustment{ID: "a-1", Reason: "yırtık poşet"}, "9", []string{ledger.OwnNumber}
	e.Postings = []ledger.Posting{{Unit: "points", Amount: 50, From: ledger.Adjusted, To: ledger.Available}}
	return e
}

// An adjustment comes back as it was written, and is one posting with a reason.
func TestAdjustment(t *testing.T) {
	body, err := adjustment(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ledger.Decode(body); err != nil || cmp.Diff(adjustment(t), back) != "" {
		t.Errorf("%v: %s", err, cmp.Diff(adjustment(t), back))
	}
	taken := adjustment(t)
	taken.Postings[0].From, taken.Postings[0].To = ledger.Available, ledger.Adjusted
	if _, err := taken.Encode(); err != nil {
		t.Errorf("taken: %v", err)
	}
	for name, spoil := range map[string]func(*ledger.Entry){
		"of a suspect":      func(e *ledger.Entry) { e.Subject = ledger.SaleSubject(e.ID) },
		"no reason":         func(e *ledger.Entry) { e.Adjust.Reason = " - " },
		"a long reason":     func(e *ledger.Entry) { e.Adjust.Reason = strings.Repeat("x", ledger.MaxReason+1) },
		"two lines":         func(e *ledger.Entry) { e.Adjust.Reason = "a\nb" },
		"turned around":     func(e *ledger.Entry) { e.Adjust.Reason = "a\u202eb" },
		"nothing":           func(e *ledger.Entry) { e.Adjust = nil },
		"no program":        func(e *ledger.Entry) { e.Program = nil },
		"no posting":        func(e *ledger.Entry) { e.Postings = nil },
		"two postings":      func(e *ledger.Entry) { e.Postings = append(e.Postings, e.Postings[0]) },
		"issued":            func(e *ledger.Entry) { e.Postings[0].From = ledger.Issued },
		"out of what waits": func(e *ledger.Entry) { e.Postings[0].From, e.Postings[0].To = ledger.Pending, ledger.Adjusted },
		"a flag of words":   func(e *ledger.Entry) { e.Flags = []string{"call 0532 123 45 67"} },
		"many flags":        func(e *ledger.Entry) { e.Flags = strings.Split("a,b,c,d,e,f,g,h,i", ",") },
	} {
		e := adjustment(t)
		spoil(e)
		if body, err := e.Encode(); err == nil {
			t.Errorf("%s: %s", name, body)
		}
	}
}
