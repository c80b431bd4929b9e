package books_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Whatever stands in a row, ReadDecision takes nothing that DecodeJSON does not, and
// takes it as the same: also where a byte of what Encode wrote is another, is missing, or
// stands twice.
func TestReadAsStrictly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawSale(r)
		if rapid.Bool().Draw(r, "anything") {
			d = new(books.Decision)
			fill(r, reflect.ValueOf(d).Elem(), 0)
		}
		row, err := d.Encode()
		if err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(0, 2).Draw(r, "edits") {
			row = edited(r, row)
		}
		var want books.Decision
		refused := ledger.DecodeJSON(row, &want)
		have, err := books.ReadDecision(row)
		if (err == nil) != (refused == nil) {
			r.Fatalf("%v, and DecodeJSON says %v: %s", err, refused, row)
		}
		if diff := cmp.Diff(&want, have, cmp.Exporter(func(reflect.Type) bool { return true })); err == nil && diff != "" {
			r.Fatalf("%s\n%s", row, diff)
		}
	})
}

func edited(r *rapid.T, row []byte) []byte {
	at := rapid.IntRange(0, len(row)-2).Draw(r, "at")
	until := min(len(row), at+rapid.IntRange(1, 12).Draw(r, "until"))
	switch rapid.SampledFrom([]string{"change", "delete", "repeat"}).Draw(r, "edit") {
	case "change":
		row[at] = rapid.SampledFrom([]byte(`{}[]",:-01 .eEuU\x`)).Draw(r, "to")
	case "delete":
		row = slices.Delete(row, at, until)
	case "repeat":
		row = slices.Insert(row, at, slices.Clone(row[at:until])...)
	}
	return row
}

// drawSale draws what most rows say.
func drawSale(r *rapid.T) *books.Decision {
	text := rapid.SampledFrom([]string{"", "a", "ş", `"`, `\`, "\n", "<&>", "\u2028", "base"})
	number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 300))
	d := &books.Decision{
		V: 1, Rules: books.Rules, Kind: ledger.Sold, Place: &ledger.Place{Epoch: 1, Seq: 7}, Subject: "account:1", Account: "1",
		At: ledger.Millis(number.Draw(r, "at")), Verdict: ledger.Posted, Program: text.Draw(r, "program"),
	}
	if rapid.Bool().Draw(r, "grant") {
		d.Grant = &ledger.Right{ID: ledger.RightID{1}, Terminal: ledger.TerminalID{2}, Epoch: 3, Program: text.Draw(r, "of"), Amount: ledger.Points(number.Draw(r, "granted")), Lots: []ledger.LotShare{{Lot: "lot", Amount: 2}}, SpendUntil: 5, ReclaimAt: 6}
	}
	for i := range rapid.IntRange(0, 4).Draw(r, "moves") {
		m := loyalty.Move{Posting: ledger.Posting{
			Unit: "points", Amount: ledger.Points(number.Draw(r, "amount")), From: ledger.Issued, To: ledger.Available,
			Rule: text.Draw(r, "rule"), Reward: text.Draw(r, "reward"), Line: new(i),
		}, Lots: []ledger.LotShare{{Lot: "lot" + text.Draw(r, "lot"), Amount: 5}}}
		if m.Amount < 300 { // several of these fit one sum
			m.Amount, m.Rule, m.Reward = max(1, m.Amount), "base", ""
			m.Lots = []ledger.LotShare{{Lot: "lot", Amount: m.Amount}}
		}
		if rapid.Bool().Draw(r, "terms") {
			m.Lot = &ledger.LotTerms{VestsAt: 1, Idle: text.Draw(r, "idle")}
		}
		d.Moves = append(d.Moves, m)
	}
	if rapid.Bool().Draw(r, "effect") {
		d.Effect = &loyalty.Effect{
			Kind: ledger.Sold, At: d.At, Day: "2026-11-22", Row: uint64(max(0, number.Draw(r, "row"))), Joined: ledger.Date(text.Draw(r, "joined")),
			Active: rapid.Bool().Draw(r, "active"), Visits: number.Draw(r, "visits"),
			Uses:     []loyalty.Use{{LimitUse: ledger.LimitUse{Limit: "daily", Uses: 1, Amount: 3, Rule: text.Draw(r, "by")}, Day: "2026-11-22"}},
			Progress: []loyalty.Progress{{Unit: "points", Day: "2026-11-22", Amount: 7, Since: ledger.Date(text.Draw(r, "since"))}},
			Reached:  []loyalty.Reached{{Level: "gold", Until: ledger.Date(text.Draw(r, "until"))}},
		}
	}
	return d
}

// saleOfTen is what the row of a sale of ten lines says.
func saleOfTen() *books.Decision {
	d := &books.Decision{
		V: 1, Rules: books.Rules, Entry: ledger.EntryID{1}, Kind: ledger.Sold, Place: &ledger.Place{Terminal: ledger.TerminalID{2}, Epoch: 1, Seq: 7},
		Subject: "account:1", Account: "1", At: 5, Verdict: ledger.Posted, Program: "beauty",
		Effect: &loyalty.Effect{Entry: ledger.EntryID{1}, Kind: ledger.Sold, At: 5, Day: "2026-11-22", Row: 1, Active: true, Visits: 1, Progress: []loyalty.Progress{{Unit: "spend", Day: "2026-11-22", Amount: 2000}}},
	}
	for i := range 10 {
		d.Moves = append(d.Moves, loyalty.Move{
			Posting: ledger.Posting{Unit: "points", Amount: 5, From: ledger.Issued, To: ledger.Pending, Rule: "base", Line: &i, Lot: &ledger.LotTerms{VestsAt: 9}},
			Lots:    []ledger.LotShare{{Lot: "lot", Amount: 5}},
		})
	}
	return d
}

// Of a sale's row nothing is read by way of the standard decoder, which allocates for
// each of its values, and no text of it is kept in memory.
func TestReadPlainly(t *testing.T) {
	row, err := saleOfTen().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { books.ReadDecision(row) }); n > 60 {
		t.Errorf("%v allocations for a sale of ten lines", n)
	}
}

// BenchmarkReadDecision reads a sale's row, by itself and by way of the standard decoder.
func BenchmarkReadDecision(b *testing.B) {
	row, err := saleOfTen().Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("plainly", func(b *testing.B) {
		for b.Loop() {
			books.ReadDecision(row)
		}
	})
	b.Run("DecodeJSON", func(b *testing.B) {
		for b.Loop() {
			ledger.DecodeJSON(row, new(books.Decision))
		}
	})
}
