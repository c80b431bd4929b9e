package books_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Whatever a decision moved, its row says it again in the same order.
func TestMovesAsWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var moved books.Moves
		for range rapid.IntRange(1, 12).Draw(r, "moves") {
			moved = append(moved, drawMove(r))
		}
		text, err := json.Marshal(moved)
		if err != nil {
			r.Fatal(err)
		}
		var read books.Moves
		if err := ledger.DecodeJSON(text, &read); err != nil {
			r.Fatalf("%v: %s", err, text)
		}
		if diff := cmp.Diff(moved, read); diff != "" {
			r.Errorf("%s\n%s", text, diff)
		}
	})
}

func drawMove(r *rapid.T) (m loyalty.Move) {
	m.Unit = rapid.SampledFrom([]ledger.Unit{"points", "spend"}).Draw(r, "unit")
	m.Amount = rapid.SampledFrom([]ledger.Points{1, 7, 1<<63 - 1}).Draw(r, "amount")
	m.From, m.To = ledger.Issued, rapid.SampledFrom([]ledger.LedgerAccount{ledger.Available, ledger.Receivable}).Draw(r, "to")
	if line := rapid.IntRange(-1, 3).Draw(r, "line"); line >= 0 {
		m.Line = &line
	}
	if rapid.Bool().Draw(r, "terms") {
		m.Lot = &ledger.LotTerms{Idle: rapid.SampledFrom([]string{"P12M", "P1M"}).Draw(r, "idle")}
	}
	switch lot := rapid.SampledFrom([]string{"", "a.0", "a.1", "both"}).Draw(r, "lot"); {
	case lot == "both" && m.Amount == 7:
		m.Lots = []ledger.LotShare{{Lot: "a.0", Amount: 3}, {Lot: "a.1", Amount: 4}}
	case lot != "":
		m.Lots = []ledger.LotShare{{Lot: lot, Amount: m.Amount}}
	}
	return m
}

// A move of several lines that do not add up is none.
func TestMovesThatDoNotAddUp(t *testing.T) {
	for _, text := range []string{
		`[{"unit":"points","amount":3,"from":"program:issued","to":"available","lines":[[0,1],[1,1]]}]`,
		`[{"unit":"points","amount":1,"from":"program:issued","to":"available","lines":[[0,1],[1,1]]}]`,
		`[{"unit":"points","amount":1,"from":"program:issued","to":"available","lines":[[0,2],[1,-1]]}]`,
		`[{"unit":"points","amount":1,"from":"program:issued","to":"available","line":0,"lines":[[0,1]]}]`,
		`[{"unit":"points","amount":1,"from":"program:issued","to":"available","some":1}]`,
	} {
		if err := ledger.DecodeJSON([]byte(text), new(books.Moves)); err == nil {
			t.Errorf("taken: %s", text)
		}
	}
}
