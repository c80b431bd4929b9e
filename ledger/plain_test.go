package ledger_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Whatever stands in a body, Decode takes nothing that DecodeJSON does not, and takes
// it as the same: also where a byte of what Encode wrote is another, is missing, or
// stands twice.
func TestDecodeAsStrictly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		body, err := drawSale(r).Encode()
		if err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(0, 2).Draw(r, "edits") {
			at := rapid.IntRange(0, len(body)-2).Draw(r, "at")
			until := min(len(body), at+rapid.IntRange(1, 12).Draw(r, "until"))
			switch rapid.SampledFrom([]string{"change", "delete", "repeat"}).Draw(r, "edit") {
			case "change":
				body[at] = rapid.SampledFrom([]byte(`{}[]",:-01 .eEuU\x`)).Draw(r, "to")
			case "delete":
				body = slices.Delete(body, at, until)
			case "repeat":
				body = slices.Insert(body, at, slices.Clone(body[at:until])...)
			}
		}
		var want ledger.Entry
		refused := ledger.DecodeJSON(body, &want)
		have, err := ledger.Decode(body)
		if err == nil && refused != nil {
			r.Fatalf("taken though %v: %s", refused, body)
		}
		if diff := cmp.Diff(&want, have); err == nil && diff != "" {
			r.Fatalf("%s\n%s", body, diff)
		}
	})
}

func drawSale(r *rapid.T) *ledger.Entry {
	text := rapid.SampledFrom([]string{"", "a", "ş", `"`, `\`, "\n", "<&>", "\u2028", "base"})
	number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 300))
	e := &ledger.Entry{
		V: ledger.Version, Kind: ledger.Sold, At: 1, Store: "0012", Day: "2026-11-22",
		Operator: text.Draw(r, "operator"), Subject: accountText, Proof: ledger.Claimed,
		Sale: &ledger.Sale{
			ID: "S" + text.Draw(r, "sale"), Currency: "TRY", Condensed: rapid.Bool().Draw(r, "condensed"),
			Total: ledger.Minor(number.Draw(r, "total")),
		},
	}
	if err := e.ID.UnmarshalText([]byte(entryText)); err != nil {
		r.Fatal(err)
	}
	if rapid.Bool().Draw(r, "program") {
		e.Program = &ledger.ProgramRef{ID: text.Draw(r, "id"), Version: 3, Hash: ledger.HashOf(nil)}
	}
	for i := range rapid.IntRange(0, 3).Draw(r, "lines") {
		e.Sale.Lines = append(e.Sale.Lines, ledger.Line{
			SKU: text.Draw(r, "sku"), Net: ledger.Minor(number.Draw(r, "net")), Quantity: int64(i),
			Categories: rapid.SliceOfN(text, 0, 2).Draw(r, "categories"), Discount: ledger.Minor(i),
		})
		e.Sale.Tenders = append(e.Sale.Tenders, ledger.Tender{Type: "t" + text.Draw(r, "tender"), Amount: ledger.Minor(i)})
		p := ledger.Posting{Unit: "points", Amount: ledger.Points(max(1, number.Draw(r, "amount"))), From: ledger.Issued, To: ledger.Available, Rule: text.Draw(r, "rule")}
		if rapid.Bool().Draw(r, "of line") {
			p.Line = &i
		}
		if rapid.Bool().Draw(r, "terms") {
			p.Lot = &ledger.LotTerms{VestsAt: ledger.Millis(i), Idle: text.Draw(r, "idle"), Promise: ledger.Promise{Version: max(0, i-1)}}
		}
		e.Postings = append(e.Postings, p)
		e.Uses = append(e.Uses, ledger.LimitUse{Limit: "daily", Uses: int64(i), Rule: text.Draw(r, "by")})
	}
	if rapid.Bool().Draw(r, "told") {
		e.Told = &ledger.Told{Unit: "points", Balance: ledger.Points(number.Draw(r, "balance")), Owed: ledger.Points(number.Draw(r, "owed"))}
	}
	if rapid.Bool().Draw(r, "numbered") {
		e.Sale.Transaction = ledger.Transaction{Workstation: text.Draw(r, "workstation"), Sequence: max(0, number.Draw(r, "sequence"))}
	}
	if rapid.Bool().Draw(r, "flagged") {
		e.Flags = []string{"large"}
	}
	return e
}

// Of a sale as Encode wrote it nothing is read by way of the standard decoder, which
// allocates for each of its values.
func TestDecodePlainly(t *testing.T) {
	e := sale(t)
	for len(e.Sale.Lines) < 10 {
		e.Sale.Lines, e.Postings = append(e.Sale.Lines, e.Sale.Lines[0]), append(e.Postings, e.Postings[0])
	}
	body, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { ledger.Decode(body) }); n > 60 {
		t.Errorf("%v allocations for a sale of ten lines", n)
	}
}
