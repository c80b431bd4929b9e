package ledger_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// feedPage is a page of a feed as far as it is read here.
type feedPage struct {
	Changes []ledger.Change `json:"changes,omitempty"`
	Next    ledger.Cursor   `json:"next"`
}

// Of a page CutChanges takes no rows that DecodeJSON does not, and takes them as the
// same: also where a byte is another, is missing, or stands twice.
func TestCutChangesAsStrictly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		said := feedPage{Next: ledger.Cursor{Incarnation: 1, Position: 9}}
		for i := range rapid.IntRange(0, 4).Draw(r, "rows") {
			said.Changes = append(said.Changes, drawChange(r, i))
		}
		page, err := json.Marshal(said)
		if err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(0, 2).Draw(r, "edits") {
			page = edited(r, page)
		}
		if wrong := cutWrongly(page); wrong != "" {
			r.Fatalf("%s\n%s", page, wrong)
		}
	})
}

// FuzzCutChanges is the same of any page.
func FuzzCutChanges(f *testing.F) {
	row := ledger.Change{Position: 7, Kind: ledger.AccountChange, Key: accountText, Account: &ledger.AccountState{
		Account: ledger.AccountID{1}, Identifiers: []ledger.KeyedHash{{2}}, Name: "F*** D***", BirthMonth: 4, Segments: []string{"vip"},
		Balances: []ledger.Balance{{Program: "starter", Unit: "points", Available: 500, Receivable: -1}},
		Applied:  []ledger.Place{{Terminal: ledger.TerminalID{3}, Epoch: 1, Seq: 9}},
		State:    json.RawMessage(`{"visits":3,"kept":{"a":[1]}}`),
	}}
	merged := ledger.Change{Position: 8, Kind: ledger.ForwardChange, Forward: &ledger.Forward{To: ledger.AccountID{2}}}
	for _, rows := range [][]ledger.Change{nil, {row}, {row, merged, row}} {
		page, err := json.Marshal(feedPage{rows, ledger.Cursor{Incarnation: 1, Position: 9}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page)
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		if wrong := cutWrongly(page); wrong != "" {
			t.Fatalf("%s\n%s", page, wrong)
		}
	})
}

// cutWrongly says in what CutChanges and DecodeJSON differ of a page that the first
// takes.
func cutWrongly(page []byte) string {
	changes, rest, ok := ledger.CutChanges(page)
	if !ok {
		return ""
	}
	var behind struct {
		Next ledger.Cursor `json:"next"`
	}
	if ledger.DecodeJSON(rest, &behind) != nil {
		return "" // and the whole page is read again
	}
	var want feedPage
	if err := ledger.DecodeJSON(page, &want); err != nil {
		return fmt.Sprintf("taken though %v", err)
	}
	return cmp.Diff(want, feedPage{changes, behind.Next})
}

// edited is a text of which some bytes are others, are missing, or stand twice.
func edited(r *rapid.T, text []byte) []byte {
	at := rapid.IntRange(0, len(text)-2).Draw(r, "at")
	until := min(len(text), at+rapid.IntRange(1, 12).Draw(r, "until"))
	switch rapid.SampledFrom([]string{"change", "delete", "repeat"}).Draw(r, "edit") {
	case "change":
		text[at] = rapid.SampledFrom([]byte(`{}[]",:-01 .eEuU\x`)).Draw(r, "to")
	case "delete":
		text = slices.Delete(text, at, until)
	case "repeat":
		text = slices.Insert(text, at, slices.Clone(text[at:until])...)
	}
	return text
}

func drawChange(r *rapid.T, i int) ledger.Change {
	id := ledger.AccountID{byte(i), 1}
	c := ledger.Change{Position: ledger.Position(i + 1), Key: id.String()}
	if rapid.Bool().Draw(r, "merged") {
		c.Kind, c.Forward = ledger.ForwardChange, &ledger.Forward{From: id, To: ledger.AccountID{2}}
		return c
	}
	text := rapid.SampledFrom([]string{"", "a", "ş***", `"`, `\`, "}", "<&>"})
	number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 300))
	a := &ledger.AccountState{
		Account: id, Name: text.Draw(r, "name"), AsOf: ledger.Millis(number.Draw(r, "as of")),
		BirthMonth: rapid.IntRange(0, 12).Draw(r, "month"), Segments: rapid.SliceOfN(text, 0, 2).Draw(r, "segments"),
	}
	for range rapid.IntRange(0, 2).Draw(r, "times") {
		a.Identifiers = append(a.Identifiers, ledger.KeyedHash{3, byte(i)})
		a.Balances = append(a.Balances, ledger.Balance{
			Program: text.Draw(r, "program"), Unit: "points", Available: ledger.Points(number.Draw(r, "available")), Pending: 1,
		})
		a.Applied = append(a.Applied, ledger.Place{
			Terminal: ledger.TerminalID{4}, Epoch: ledger.Epoch(rapid.Uint32().Draw(r, "epoch")), Seq: ledger.Seq(rapid.Uint64().Draw(r, "seq")),
		})
	}
	if rapid.Bool().Draw(r, "remembered") {
		deep := rapid.IntRange(0, 13).Draw(r, "deep")
		a.State = fmt.Appendf(nil, `{"visits":%s%d%s,"say":"}\"]"}`, strings.Repeat("[", deep), i, strings.Repeat("]", deep))
	}
	c.Kind, c.Account = ledger.AccountChange, a
	return c
}

// Of an account's row nothing is read by way of the standard decoder.
func TestCutChangesPlainly(t *testing.T) {
	var rows []string
	for i := range 100 {
		rows = append(rows, fmt.Sprintf(`{"position":%d,"kind":"account","key":"%[2]s","account":{"account":"%[2]s",`+
			`"identifiers":["00112233445566778899aabbccddeeff"],"name":"F*** D***",`+
			`"balances":[{"program":"starter","unit":"points","available":500,"escrowed":0,"pending":0,"receivable":0}],"as_of_ms":%[1]d}}`, i+1, accountText))
	}
	page := []byte(`{"changes":[` + strings.Join(rows, ",") + `],"next":{"incarnation":1,"position":100},"at_ms":1}`)
	var changes []ledger.Change
	if n := testing.AllocsPerRun(10, func() { changes, _, _ = ledger.CutChanges(page) }); n > 1000 || len(changes) != len(rows) {
		t.Errorf("%v allocations for %d of %d rows", n, len(changes), len(rows))
	}
}
