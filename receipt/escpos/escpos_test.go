package escpos_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

var update = flag.Bool("update", false, "write the golden files anew")

// entry is a sale whose every text is given.
func entry(text string) (*ledger.Entry, receipt.Header) {
	at := ledger.MillisOf(time.Date(2026, 11, 22, 11, 5, 0, 0, time.UTC))
	e := &ledger.Entry{
		ID: ledger.EntryID{15: 1}, Kind: ledger.Sold, At: at,
		Sale: &ledger.Sale{
			Receipt: "1-17" + text, Currency: "TRY", Total: 54989,
			Lines:   []ledger.Line{{SKU: text, Gross: 55489, Quantity: 2}, {Categories: []string{text}, Gross: 0}},
			Tenders: []ledger.Tender{{Type: "cash" + text, Amount: 54989}},
			Rewards: []ledger.Taken{{Reward: text, Times: 1, Discount: 500}},
		},
		Postings: []ledger.Posting{{Unit: ledger.Unit(text), Amount: 5, From: ledger.Issued, To: ledger.Available}},
		Told:     &ledger.Told{Unit: ledger.Unit(text), Balance: 1234, AsOf: at},
	}
	return e, receipt.Header{Store: text, Terminal: text, Member: text, Notes: []string{text}, Copy: true, Training: true}
}

// The bytes of a receipt are as committed, in a dump that people can read.
func TestBytes(t *testing.T) {
	e, h := entry("Köşe €")
	got := hex.Dump(escpos.Bytes(receipt.From(e, h), 42))
	path := filepath.Join("testdata", "sale-42.hex")
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
		t.Errorf("bytes (-update writes them anew): %s", diff)
	}
}

// What a printer lacks is spelled in letters it has.
func TestSpelling(t *testing.T) {
	cases := []struct{ text, want string }{
		{"Köşe Bakkalı İĞıŞşğ", "Köse Bakkali IGiSsg"},
		{"Čeština žluťoučký", "Cestina zlutoucký"},
		{"Łódź, Đà Nẵng, Œuvre", "Lódz, Dà Nang, OEuvre"},
		{"5 € “now” – don’t…", `5 EUR "now" - don't...`},
		{"e\u0301t\u0302", "ét"},
		{"½ kg №5 ﬁn", "½ kg No5 fin"},
		{"漢字 Ω", "?? ?"},
		{"a\u00a0b\u00adc\u202ed", "a bcd"},
		{"한국", "??"},
		{"\xff", "?"},
		{"ＡＢ１", "AB1"},
	}
	for _, c := range cases {
		_, h := entry("")
		h.Notes = []string{c.text}
		got := printed(t, escpos.Bytes(receipt.From(&ledger.Entry{}, h), 42))
		if !strings.Contains(got, "\n"+c.want+"\n") {
			t.Errorf("%q: no %q in\n%s", c.text, c.want, got)
		}
	}
}

// printed is a printer that knows only what a receipt may command, each in its
// place, and returns what is on the paper.
func printed(t *testing.T, job []byte) string {
	t.Helper()
	rest, ok := bytes.CutPrefix(job, []byte("\x1b@\x1bt\x02"))
	if !ok {
		t.Fatalf("job does not begin with its commands: %q", job)
	}
	rest, ok = bytes.CutSuffix(rest, []byte("\n\x1dVB\x00"))
	if !ok {
		t.Fatalf("job does not end with the cut: %q", job)
	}
	var paper strings.Builder
	for line := range bytes.SplitSeq(rest, []byte("\n")) {
		line, bold := enclosed(line, "\x1bE\x01", "\x1bE\x00")
		line, double := enclosed(line, "\x1d!\x11", "\x1d!\x00")
		width := 42
		if double {
			width = 21
		}
		if len(line) > width || double && !bold {
			t.Fatalf("line of %d letters, want at most %d: %q", len(line), width, line)
		}
		for _, c := range line {
			if c < 0x20 || c == 0x7f {
				t.Fatalf("control %#x from data in %q", c, line)
			}
			paper.WriteRune(charmap.CodePage850.DecodeByte(c))
		}
		paper.WriteByte('\n')
	}
	return paper.String()
}

func enclosed(line []byte, on, off string) ([]byte, bool) {
	inner, ok := bytes.CutPrefix(line, []byte(on))
	if !ok {
		return line, false
	}
	inner, ok = bytes.CutSuffix(inner, []byte(off))
	return inner, ok
}

// No text of an entry or header commands the printer: whatever it says, the
// paper shows letters, and the commands are the template's, in their places.
func FuzzBytes(f *testing.F) {
	f.Add("Köşe Bakkalı")
	f.Add("\x1bp\x00\x19\xfa")         // a drawer kick
	f.Add("\x10\x14\x01\x00\x01")      // the same in real time
	f.Add("\n\x1b@\x1dVA\x00")         // reset and cut
	f.Add("\x1dk\x49\x0a{B\x1c.\x1c&") // barcode, Kanji mode
	f.Add("\u009b\u0085\u2028\u202e\ufeff\U000e0041")
	f.Add("\xf0\x9f\x1b\x80")
	f.Add("§¶↕♥\u0014\u0015")
	f.Fuzz(func(t *testing.T, text string) {
		e, h := entry(text)
		printed(t, escpos.Bytes(receipt.From(e, h), 42))
	})
}
