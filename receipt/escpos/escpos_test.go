package escpos_test

import (
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
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

// comesBack is a return of a sale whose every text is given.
func comesBack(sale *ledger.Entry, text string) *ledger.Entry {
	return &ledger.Entry{
		ID: sale.ID, Kind: ledger.Returned, At: sale.At, Told: sale.Told,
		Return: &ledger.Return{
			ID: text, Receipt: text, Currency: "TRY", Of: ledger.SaleRef{Day: ledger.Date(text), ID: text}, Total: 54989,
			Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 2, Gross: 55489, Discount: 500}, {Line: 1, Quantity: 1}, {Line: 99}},
		},
		Postings: []ledger.Posting{
			{Unit: ledger.Unit(text), Amount: 5, From: ledger.Available, To: ledger.Issued},
			{Unit: ledger.Unit(text), Amount: 5, From: ledger.Redeemed, To: ledger.Available},
		},
	}
}

// shop is a sale with all that a receipt can tell, in four alphabets.
func shop() receipt.Receipt {
	at := ledger.MillisOf(time.Date(2026, 11, 22, 11, 5, 0, 0, time.UTC))
	e := &ledger.Entry{
		ID: ledger.EntryID{15: 0x5a, 14: 0x4b, 13: 0x3c}, Kind: ledger.Sold, At: at,
		Sale: &ledger.Sale{
			Receipt: "1-17", Currency: "TRY", Total: 54988,
			Lines: []ledger.Line{
				{SKU: "SIMIT", Gross: 1500, Quantity: 1},
				{SKU: "Türk kahvesi, öğütülmüş, İĞıŞşğ, 250 g", Gross: 53988, Quantity: 2},
				{SKU: "Чай чёрный “Їжак” 5 €", Gross: 0, Quantity: 1},
				{SKU: "Ελιές Καλαμών", Gross: 0, Quantity: 1},
				{SKU: "Žluťoučký kůň", Gross: 0, Quantity: 1},
			},
			Tenders: []ledger.Tender{{Type: "cash", Amount: 20000}, {Type: "gift_card", Amount: 34988}},
			Rewards: []ledger.Taken{{Reward: "five", Times: 1, Discount: 500}},
		},
		Postings: []ledger.Posting{
			{Unit: "points", Amount: 549, From: ledger.Issued, To: ledger.Available},
			{Unit: "points", Amount: 500, From: ledger.Escrow(ledger.RightID{15: 1}), To: ledger.Redeemed},
		},
		Told: &ledger.Told{Unit: "points", Balance: 12345, AsOf: at, Spendable: 500, Pending: 20},
	}
	return receipt.From(e, receipt.Header{
		Store: "Köşe Bakkalı", Terminal: "Kasa 1", Member: "Ş*** İ***", Zone: time.FixedZone("Europe/Istanbul", 3*60*60),
		Notes: []string{"Offline: this till tells headquarters when it can."}, Copy: true, Training: true,
	})
}

// voided is what came back of shop's sale: all of it.
func voided() receipt.Return {
	at := ledger.MillisOf(time.Date(2026, 11, 22, 11, 9, 0, 0, time.UTC))
	sale := &ledger.Entry{Subject: ledger.SubjectOf(ledger.AccountID{15: 2}), Sale: &ledger.Sale{Receipt: "1-17", Lines: []ledger.Line{
		{SKU: "SIMIT"}, {SKU: "Türk kahvesi, öğütülmüş, İĞıŞşğ, 250 g"}, {SKU: "Чай чёрный “Їжак” 5 €"},
	}}}
	e := &ledger.Entry{
		ID: ledger.EntryID{15: 0x5b, 14: 0x4b, 13: 0x3c}, Kind: ledger.Voided, At: at, Day: "2026-11-22",
		Return: &ledger.Return{
			ID: "V-1", Receipt: "1-18", Currency: "TRY", Total: 54988,
			Of: ledger.SaleRef{Day: "2026-11-22", ID: "S-1", Entry: ledger.EntryID{15: 0x5a}},
			Lines: []ledger.ReturnedLine{
				{Line: 0, Quantity: 1, Gross: 1500, Discount: 13}, {Line: 1, Quantity: 2, Gross: 53988, Discount: 487}, {Line: 2, Quantity: 1},
			},
		},
		Postings: []ledger.Posting{
			{Unit: "points", Amount: 549, From: ledger.Available, To: ledger.Issued},
			{Unit: "points", Amount: 500, From: ledger.Redeemed, To: ledger.Available},
		},
		Told: &ledger.Told{Unit: "points", Balance: 12296, AsOf: at, Spendable: 0, Pending: 20, Owed: 7},
	}
	return receipt.FromReturn(e, sale, receipt.Header{
		Store: "Köşe Bakkalı", Terminal: "Kasa 1", Member: "Ş*** İ***", Zone: time.FixedZone("Europe/Istanbul", 3*60*60),
		Copy: true, Training: true,
	})
}

// The bytes of a receipt are as committed for each profile, in a dump that
// people can read.
func TestBytes(t *testing.T) {
	for _, name := range escpos.Names() {
		golden(t, name+".hex", hex.Dump(named(t, name).Bytes(shop())))
	}
}

// What each maker's printer makes of them is as committed, too.
func TestPaper(t *testing.T) {
	for _, name := range inESCPOS() {
		profile := named(t, name)
		golden(t, name+".txt", printOn(t, numbers(t, vendors[name][0]), profile, profile.Bytes(shop())).String())
	}
}

// A void and its copy on each maker's paper, in training.
func TestReturnPaper(t *testing.T) {
	for _, name := range []string{"generic-58", "epson-42", "generic-80"} {
		profile := named(t, name)
		job := profile.Bytes(voided())
		golden(t, "void-"+name+".hex", hex.Dump(job))
		golden(t, "void-"+name+".txt", printOn(t, numbers(t, vendors[name][0]), profile, job).String())
	}
}

// The columns of a profile may be set.
func TestColumns(t *testing.T) {
	profile := named(t, "epson-48")
	profile.Columns = 42
	printOn(t, numbers(t, "epson"), profile, profile.Bytes(shop()))
}

// What a printer lacks is spelled in letters it has.
func TestSpelling(t *testing.T) {
	cases := []struct{ text, generic, epson string }{
		{"Köşe Bakkalı İĞıŞşğ", "Köse Bakkali IGiSsg", "Köşe Bakkalı İĞıŞşğ"},
		{"Čeština žluťoučký", "Cestina zlutoucký", "Čeština žluťoučký"},
		{"Łódź, Đà Nẵng, Œuvre", "Lódz, Dà Nang, OEuvre", "Łódź, Đà Nang, Œuvre"},
		{"5 € “now” – don’t…", `5 EUR "now" - don't...`, "5 € “now” – don’t…"},
		{"Привет, Щука! Юлія", "Privet, Shchuka! Yuliya", "Привет, Щука! Юлія"},
		{"Ελιές, Άνθος", "Elies, Anthos", "Ελιές, Άνθος"},
		{"Қазақ, Ђорђе", "Qazaq, Djordje", "Казак, Ђорђе"},
		{"e\u0301t\u0302", "ét", "ét"},
		{"½ kg №5 ﬁn", "½ kg No5 fin", "½ kg №5 fin"},
		{"a\u00a0b\u00adc\u202ed", "a bcd", "a bcd"},
		{"अब 😀", "?? ?", "?? ?"},
		{"\xff", "?", "?"},
		{"ＡＢ１", "AB1", "AB1"},
	}
	for _, c := range cases {
		_, h := entry("")
		h.Notes = []string{"<" + c.text + ">"}
		r := receipt.From(&ledger.Entry{}, h)
		for name, want := range map[string]string{"generic-80": c.generic, "epson-42": c.epson} {
			profile := named(t, name)
			if got := printOn(t, numbers(t, "epson"), profile, profile.Bytes(r)).note(t); got != want {
				t.Errorf("%s: %q came out as %q, want %q", name, c.text, got, want)
			}
		}
	}
}

// What a printer lacks is drawn where its line is fast, and where it is slow what
// cannot be spelled; what cannot be drawn right is a question mark.
func TestDrawn(t *testing.T) {
	for _, c := range []struct {
		text, profile string
		slow          bool
		want          string
	}{
		{"Köşe", "generic-80", false, picture},
		{"Köşe", "generic-80", true, "Köse"},
		{"Köşe", "epson-42", false, "Köşe"},
		{"“now” 5 €", "generic-80", false, `"now" 5 EUR`},
		{"Чай", "generic-58", false, picture},
		{"Чай", "generic-58", true, "Chay"},
		{"سكر", "epson-42", true, picture},
		{"漢字", "epson-42", true, picture},
		{"한국어", "pos-5890", true, picture},
		{"שלום", "citizen", true, picture},
		{"अब", "epson-42", false, "??"},
		{"ไทย", "epson-42", false, "???"},
		{"😀", "epson-42", false, "?"},
	} {
		profile := named(t, c.profile)
		profile.Slow = c.slow
		if got := noteOn(t, numbers(t, vendors[c.profile][0]), profile, c.text); got != c.want {
			t.Errorf("%s, slow %t: %q came out as %q, want %q", c.profile, c.slow, c.text, got, c.want)
		}
	}
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
	f.Add("ş€Яώ漢")                           // a change of page at each letter
	f.Add("سكرس لا ﷺ, שלום, 한국, अब, ไทย, 😀") // to be drawn, or not
	f.Add("ĳ ﬁ Ａ ｱ ﻼ µ")                     // forms of letters
	printers := make(map[string]map[byte][]rune)
	for _, name := range inESCPOS() {
		printers[name] = numbers(f, vendors[name][0])
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, h := entry(text)
		for name, pages := range printers {
			profile := named(t, name)
			for _, profile.Slow = range []bool{true, false} {
				printOn(t, pages, profile, profile.Bytes(receipt.From(e, h)))
				printOn(t, pages, profile, profile.Bytes(receipt.FromReturn(comesBack(e, text), e, h)))
			}
		}
	})
}
