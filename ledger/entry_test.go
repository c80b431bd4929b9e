package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	entryText   = "019ac3a0-0000-7000-8000-000000000001"
	accountText = "8f14e45f-ceea-467f-a0e6-3e0d9b7b7a11"
)

func sale(t testing.TB) *ledger.Entry {
	t.Helper()
	e := &ledger.Entry{
		V: ledger.Version, Kind: ledger.Sold, At: 1795305600000, Store: "0012",
		Day: "2026-11-22", Operator: "-", Subject: accountText, Proof: ledger.Claimed,
		Program: &ledger.ProgramRef{ID: "starter", Version: 1, Hash: ledger.HashOf([]byte("x"))},
		Sale: &ledger.Sale{
			ID: "S-1", Receipt: "1", Currency: "TRY", Total: 34999,
			Lines:   []ledger.Line{{SKU: "A<&>ş", Net: 34999, Gross: 34999, Quantity: 1, Categories: []string{"makeup"}}},
			Tenders: []ledger.Tender{{Type: "cash", Amount: 34999}},
		},
		Postings: []ledger.Posting{{
			Unit: "points", Amount: 349, From: ledger.Issued, To: ledger.Available, Rule: "base", Line: new(int),
		}},
		Told: &ledger.Told{Unit: "points", Balance: 349},
	}
	if err := e.ID.UnmarshalText([]byte(entryText)); err != nil {
		t.Fatal(err)
	}
	return e
}

// The body of a sale is these bytes, for ever: a change here is a change of
// what every journal and chain was made of.
func TestEncodeIsCanonical(t *testing.T) {
	body, err := sale(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"v":1,"id":"019ac3a0-0000-7000-8000-000000000001","kind":"sale","at_ms":1795305600000,` +
		`"retail_store_id":"0012","business_day_date":"2026-11-22","operator_id":"-",` +
		`"subject":"8f14e45f-ceea-467f-a0e6-3e0d9b7b7a11","proof":"claimed",` +
		`"program":{"id":"starter","version":1,"hash":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},` +
		`"sale":{"sale_id":"S-1","receipt":"1","currency_code":"TRY","line_items":[{"sku":"A<&>ş","net":34999,` +
		`"extended_amount":34999,"quantity":1,"categories":["makeup"]}],"tenders":[{"tender_type":"cash","amount":34999}],` +
		`"total":34999},"postings":[{"unit":"points","amount":349,"from":"program:issued","to":"available","rule":"base",` +
		`"line":0}],"told":{"unit":"points","balance":349,"as_of_ms":0,"spendable_here":0}}`
	if diff := cmp.Diff(want, string(body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	back, err := ledger.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sale(t), back); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	body, err := sale(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, old, new string
		want           string
	}{
		{"a key twice", `"amount":349,`, `"amount":349,"amount":1000000,`, "stands twice"},
		{"a folded key", `"amount":349,`, `"Amount":349,`, "want a-z"},
		{"a fraction", `"amount":349,`, `"amount":349.5,`, "whole numbers"},
		{"an exponent", `"amount":349,`, `"amount":349e1,`, "whole numbers"},
		{"an unknown key", `"amount":349,`, `"amount":349,"bonus":1,`, "bonus"},
		{"an amount of nothing", `"amount":349,`, `"amount":0,`, "above zero"},
		{"an amount below zero", `"amount":349,`, `"amount":-349,`, "above zero"},
		{"an amount beyond int64", `"amount":349,`, `"amount":9223372036854775808,`, "cannot unmarshal"},
		{"another account", `"program:issued"`, `"program:gifts"`, "not known"},
		{"to itself", `"program:issued"`, `"available"`, "itself"},
		{"a subject of no form", accountText, "ayse", "subject"},
		{"invalid UTF-8", "ş", "\xff", "UTF-8"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(string(body), c.old, c.new, 1)
			if bad == string(body) {
				t.Fatalf("%q does not stand in the body", c.old)
			}
			_, err := ledger.Decode([]byte(bad))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := ledger.Decode(append(bytes.Clone(body), body...)); err == nil {
		t.Error("a second value behind the first was taken")
	}
}

// A body of a newer release is told apart from a damaged one.
func TestDecodeTellsNewerReleases(t *testing.T) {
	for text, want := range map[string]error{
		`{"v":2,"kind":"sale","new_key":{"a":1}}`:    ledger.ErrUnknownVersion,
		`{"v":1,"kind":"raffle","new_key":"ticket"}`: ledger.ErrUnknownKind,
	} {
		if _, err := ledger.Decode([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", text, err, want)
		}
	}
}

// A basket too large to keep is condensed to sums that lose no amount.
func TestCondense(t *testing.T) {
	e := sale(t)
	e.Sale.Lines, e.Postings = nil, nil
	for i := range 1000 {
		category := fmt.Sprintf("department-%d", i%3)
		e.Sale.Lines = append(e.Sale.Lines, ledger.Line{
			SKU: strings.Repeat("X", 60), Net: 100, Gross: 120, Quantity: 1, Categories: []string{category},
		})
		e.Postings = append(e.Postings, ledger.Posting{
			Unit: "points", Amount: 1, From: ledger.Issued, To: ledger.Available, Rule: "base", Line: &i,
		})
	}
	if _, err := e.Encode(); !errors.Is(err, ledger.ErrTooLarge) {
		t.Fatalf("encode: %v, want ErrTooLarge", err)
	}
	if err := e.Condense(); err != nil {
		t.Fatal(err)
	}
	want := []ledger.Line{
		{Net: 33400, Gross: 40080, Quantity: 334, Categories: []string{"department-0"}},
		{Net: 33300, Gross: 39960, Quantity: 333, Categories: []string{"department-1"}},
		{Net: 33300, Gross: 39960, Quantity: 333, Categories: []string{"department-2"}},
	}
	if diff := cmp.Diff(want, e.Sale.Lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if len(e.Postings) != 1 || e.Postings[0].Amount != 1000 || !e.Sale.Condensed {
		t.Errorf("postings %+v, condensed %v", e.Postings, e.Sale.Condensed)
	}
	if _, err := e.Encode(); err != nil {
		t.Error(err)
	}
}

// What decodes encodes to the same bytes again: no reader can take a body in
// two ways.
func FuzzDecode(f *testing.F) {
	body, err := sale(f).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"v":1,"id":"` + entryText + `","kind":"right_return","at_ms":1,"subject":"` + accountText +
		`","end":{"right":"` + entryText + `","amount":5}}`))
	f.Add([]byte(`{"v":1,"v":2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := ledger.Decode(body)
		if err != nil {
			return
		}
		again, err := e.Encode()
		if err != nil {
			t.Fatalf("decoded but does not encode: %v", err)
		}
		if twice, err := ledger.Decode(again); err != nil || cmp.Diff(e, twice) != "" {
			t.Fatalf("does not come back: %v\n%s", err, cmp.Diff(e, twice))
		}
	})
}
