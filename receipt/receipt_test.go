package receipt_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-update writes it anew): %s", name, diff)
	}
}

// at is 14:05 in Istanbul.
var at = ledger.MillisOf(time.Date(2026, 11, 22, 11, 5, 0, 0, time.UTC))

func istanbul() *time.Location { return time.FixedZone("Europe/Istanbul", 3*60*60) }

// sale is an entry with all that a receipt can tell.
func sale(t testing.TB) *ledger.Entry {
	t.Helper()
	id, err := ledger.ParseID[entryKind]("019a3c5e-7b00-7d11-8a22-0f1e2d3c4b5a")
	if err != nil {
		t.Fatal(err)
	}
	right := ledger.RightID{15: 1}
	return &ledger.Entry{
		V: ledger.Version, ID: ledger.EntryID(id), Kind: ledger.Sold, At: at,
		Subject: ledger.SubjectOf(ledger.AccountID{15: 2}),
		Sale: &ledger.Sale{
			ID: "S-1", Receipt: "1-17", Currency: "TRY",
			Lines: []ledger.Line{
				{SKU: "SIMIT", Net: 1500, Gross: 1500, Quantity: 1, Discount: 13},
				{SKU: "Türk kahvesi, orta kavrulmuş, öğütülmüş, 250 g", Net: 44990, Gross: 53988, Quantity: 2, Discount: 487},
				{Categories: []string{"bread"}, Net: 0, Gross: 0, Quantity: 1},
				{Net: 1, Gross: 1},
			},
			Tenders: []ledger.Tender{{Type: "cash", Amount: 20000}, {Type: "gift_card", Amount: 34989}},
			Rewards: []ledger.Taken{{Reward: "five", Times: 1, Discount: 500}},
			Total:   54989,
		},
		Postings: []ledger.Posting{
			{Unit: "points", Amount: 549, From: ledger.Issued, To: ledger.Available},
			{Unit: "points", Amount: 1, From: ledger.Issued, To: ledger.Available},
			{Unit: "points", Amount: 500, From: ledger.Escrow(right), To: ledger.Redeemed, Right: right},
		},
		Told: &ledger.Told{Unit: "points", Balance: 1234, AsOf: at, Spendable: 500, Pending: 20},
	}
}

type entryKind = struct{}

// What only counts toward levels stands on no paper.
func TestCountersAreSilent(t *testing.T) {
	e := &ledger.Entry{
		At: 1, Kind: ledger.Sold, Sale: &ledger.Sale{Currency: "USD"}, Told: &ledger.Told{Unit: "points"},
		Postings: []ledger.Posting{
			{Unit: "points", Amount: 4, From: ledger.Issued, To: ledger.Available},
			{Unit: "spend", Amount: 400, From: ledger.Issued, To: ledger.Available},
		},
	}
	h := header()
	h.Counters = []ledger.Unit{"spend"}
	if text := receipt.From(e, h).Text(32); strings.Contains(text, "spend") || !strings.Contains(text, "4 points") {
		t.Errorf("the receipt says\n%s", text)
	}
	back := &ledger.Entry{At: 1, Kind: ledger.Returned, Return: &ledger.Return{Currency: "USD"}, Postings: []ledger.Posting{
		{Unit: "points", Amount: 4, From: ledger.Available, To: ledger.Issued},
		{Unit: "spend", Amount: 400, From: ledger.Available, To: ledger.Issued},
	}}
	if text := receipt.FromReturn(back, nil, h).Text(32); strings.Contains(text, "spend") || !strings.Contains(text, "4 points") {
		t.Errorf("the return says\n%s", text)
	}
}

func header() receipt.Header {
	return receipt.Header{Store: "Köşe Bakkalı", Terminal: "Till 1", Member: "A*** Y***", Zone: istanbul()}
}

// A receipt is laid out right on each width of paper.
func TestText(t *testing.T) {
	for _, columns := range []int{32, 42, 48} {
		golden(t, fmt.Sprintf("sale-%d.txt", columns), receipt.From(sale(t), header()).Text(columns))
	}
}

// A copy in training, told offline of a member headquarters never spoke of.
func TestTextOfCopy(t *testing.T) {
	e, h := sale(t), header()
	e.Told = &ledger.Told{Unit: "points", Balance: -1234567}
	e.Postings = nil
	e.Sale.Rewards = nil
	h.Copy, h.Training, h.Notes = true, true, []string{"Offline: this till tells headquarters when it can."}
	golden(t, "copy-42.txt", receipt.From(e, h).Text(42))
}

// The total is of double size where that fits, and on one line in any case.
func TestTotal(t *testing.T) {
	for total, double := range map[ledger.Minor]bool{9999999999: true, 99999999999: false} {
		e := sale(t)
		e.Sale.Total = total
		var got []receipt.Line
		for _, line := range receipt.From(e, header()).Layout(42) {
			if strings.HasPrefix(line.Left, "TOTAL") {
				got = append(got, line)
			}
		}
		want := []receipt.Line{{Left: "TOTAL TRY", Right: ledger.Currency("TRY").Format(total), Bold: true, Double: double}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// A balance of another day says so.
func TestBalanceAsOf(t *testing.T) {
	cases := []struct {
		asOf ledger.Millis
		want string
	}{
		{at, "Balance                             1,234 points\nElsewhere as of                            14:05\n"},
		{at - ledger.Millis(14*time.Hour/time.Millisecond), "Balance                             1,234 points\nElsewhere as of                            00:05\n"},
		{at - ledger.Millis(15*time.Hour/time.Millisecond), "Balance                             1,234 points\nElsewhere as of                 2026-11-21 23:05\n"},
		{0, "Balance here                        1,234 points\n"},
	}
	for _, c := range cases {
		e := sale(t)
		e.Told.AsOf = c.asOf
		if got := receipt.From(e, header()).Text(48); !strings.Contains(got, c.want) {
			t.Errorf("as of %d: no %q in\n%s", c.asOf, c.want, got)
		}
	}
}

// A sale nobody is named on tells no balance and nothing earned.
func TestAnonymousSale(t *testing.T) {
	e := sale(t)
	e.Told, e.Subject = nil, ledger.SaleSubject(e.ID)
	h := header()
	h.Member = ""
	got := receipt.From(e, h).Text(42)
	for _, word := range []string{"Balance", "Earned", "Spendable", "Member"} {
		if strings.Contains(got, word) {
			t.Errorf("%q on the receipt of nobody", word)
		}
	}
}

// What a sale earned for a number nobody here knows is not promised to her.
func TestUnknownNumber(t *testing.T) {
	e := sale(t)
	e.Told, e.Subject = nil, ledger.SuspectSubject(ledger.SuspectID{1})
	got := receipt.From(e, header()).Text(42)
	if !strings.Contains(got, "If you are enrolled") || strings.Contains(got, "Earned") {
		t.Errorf("the receipt says\n%s", got)
	}
}

// An entry without a sale has a receipt too.
func TestEnroll(t *testing.T) {
	e := &ledger.Entry{Kind: ledger.Enroll, ID: sale(t).ID, At: at}
	golden(t, "enroll-32.txt", receipt.From(e, header()).Text(32))
}

// The receipt is decided by the entry's bytes alone: written and read again,
// it says the same.
func TestCopySaysTheSame(t *testing.T) {
	e := sale(t)
	body, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ledger.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(receipt.From(e, header()).Text(42), receipt.From(again, header()).Text(42)); diff != "" {
		t.Error(diff)
	}
}

var texts = rapid.OneOf(rapid.String(), rapid.StringN(0, 80, -1),
	rapid.SampledFrom([]string{"漢字かな交じり文", "e\u0301e\u0301", "a\u202eb", "\x1bp\x00", "\xff\xfe", "a\nb\r\nc\td", "\ufffe\U0001ffff"}))

func drawn(t *rapid.T) receipt.Receipt {
	amount := rapid.Custom(func(t *rapid.T) ledger.Minor { return ledger.Minor(rapid.Int64().Draw(t, "amount")) })
	e := &ledger.Entry{At: at, Sale: &ledger.Sale{
		Receipt: texts.Draw(t, "receipt"), Currency: ledger.Currency(rapid.SampledFrom([]string{"TRY", "JPY", "KWD"}).Draw(t, "currency")),
		Total: amount.Draw(t, "total"),
	}}
	for range rapid.IntRange(0, 3).Draw(t, "n") {
		e.Sale.Lines = append(e.Sale.Lines, ledger.Line{SKU: texts.Draw(t, "sku"), Gross: amount.Draw(t, "gross"), Quantity: rapid.Int64().Draw(t, "quantity")})
		e.Sale.Tenders = append(e.Sale.Tenders, ledger.Tender{Type: texts.Draw(t, "tender"), Amount: amount.Draw(t, "tendered")})
		e.Sale.Rewards = append(e.Sale.Rewards, ledger.Taken{Reward: texts.Draw(t, "reward"), Times: rapid.Int64().Draw(t, "times"), Discount: amount.Draw(t, "off")})
	}
	e.Told = &ledger.Told{Unit: ledger.Unit(texts.Draw(t, "unit")), Balance: ledger.Points(amount.Draw(t, "balance"))}
	return receipt.From(e, receipt.Header{
		Store: texts.Draw(t, "store"), Terminal: texts.Draw(t, "terminal"), Member: texts.Draw(t, "member"), Notes: []string{texts.Draw(t, "note")},
	})
}

// Whatever an entry says, no line is wider than its paper, and no control
// reaches it.
func TestLinesFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, columns := drawn(t), rapid.IntRange(16, 64).Draw(t, "columns")
		for _, line := range r.Layout(columns) {
			cells := columns
			if line.Double {
				cells /= 2
			}
			if got := receipt.Cells(line.Text(cells)); got != cells {
				t.Fatalf("%d cells, want %d: %q", got, cells, line.Text(cells))
			}
			if line.Left != "" && line.Right != "" && receipt.Cells(line.Left)+1+receipt.Cells(line.Right) > cells {
				t.Fatalf("left touches right: %q", line.Text(cells))
			}
		}
		for _, c := range r.Text(columns) {
			if c < ' ' && c != '\n' || c == 0x7f || c == 0x202e {
				t.Fatalf("control %U on paper", c)
			}
		}
	})
}

// Nothing that a person wrote is lost by wrapping, however narrow the paper.
func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		note := rapid.StringMatching(`[a-zäöü漢ş ]{0,120}`).Draw(t, "note")
		r := receipt.From(&ledger.Entry{At: at}, receipt.Header{Notes: []string{note}})
		squeeze := func(text string) string { return strings.Join(strings.Fields(text), "") }
		if got := squeeze(r.Text(rapid.IntRange(1, 64).Draw(t, "columns"))); !strings.Contains(got, squeeze(note)) {
			t.Fatalf("%q is not whole in %q", note, got)
		}
	})
}

func TestCells(t *testing.T) {
	cases := map[string]int{"": 0, "abc": 3, "şğı": 3, "漢字": 4, "e\u0301": 1, "€": 1, "ﾊﾝ": 2, "ＡＢ": 4}
	for text, want := range cases {
		if got := receipt.Cells(text); got != want {
			t.Errorf("%q takes %d cells, want %d", text, got, want)
		}
	}
}
