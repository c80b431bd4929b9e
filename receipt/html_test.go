package receipt_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

func html(t testing.TB, r receipt.Receipt, columns int) string {
	t.Helper()
	fragment, err := r.HTML(columns)
	if err != nil {
		t.Fatal(err)
	}
	return string(fragment)
}

// A receipt is a piece of a page in each width.
func TestHTML(t *testing.T) {
	for _, columns := range []int{32, 42, 48} {
		golden(t, fmt.Sprintf("sale-%d.html", columns), html(t, receipt.From(sale(t), header()), columns))
	}
	h := header()
	h.Copy, h.Training = true, true
	golden(t, "copy-32.html", html(t, receipt.From(sale(t), h), 32))
}

// read is a browser that knows only what the template has: each element with
// its classes, all else is text. It returns the lines, left and right.
func read(t *testing.T, fragment string) [][2]string {
	t.Helper()
	var lines [][2]string
	var cell int
	reader := xml.NewDecoder(strings.NewReader("<page>" + fragment + "</page>"))
	inside := make(map[string]bool)
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, fragment)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			inside[name] = true
			allowed(t, token)
			switch name {
			case "p":
				lines, cell = append(lines, [2]string{}), -1
			case "span":
				cell++
			}
		case xml.EndElement:
			inside[token.Name.Local] = false
		case xml.CharData:
			if inside["span"] {
				lines[len(lines)-1][cell] += string(token)
			} else if !inside["style"] && strings.TrimSpace(string(token)) != "" {
				t.Fatalf("text %q outside of a line", token)
			}
		default:
			t.Fatalf("%T from data", token)
		}
	}
}

// allowed fails for what the template does not have.
func allowed(t *testing.T, element xml.StartElement) {
	t.Helper()
	switch element.Name.Local {
	case "page", "style", "section", "hr", "p", "span":
	default:
		t.Fatalf("element %q from data", element.Name.Local)
	}
	for _, attr := range element.Attr {
		for class := range strings.FieldsSeq(attr.Value) {
			switch class {
			case "receipt", "receipt-32", "line", "center", "bold", "double":
			default:
				t.Fatalf("class %q from data", class)
			}
		}
		if attr.Name.Local != "class" {
			t.Fatalf("attribute %s=%q from data", attr.Name.Local, attr.Value)
		}
	}
}

// same wants a page to say what the lines say.
func same(t *testing.T, lines []receipt.Line, fragment string) {
	t.Helper()
	var want [][2]string
	for _, line := range lines {
		if !line.Rule {
			want = append(want, [2]string{line.Left, line.Right})
		}
	}
	if diff := cmp.Diff(want, read(t, fragment)); diff != "" {
		t.Error(diff)
	}
}

// returnOf is a return of a sale whose every text is given.
func returnOf(sale *ledger.Entry, text string) *ledger.Entry {
	return &ledger.Entry{
		Kind: ledger.Returned, At: at, Told: sale.Told,
		Return: &ledger.Return{
			ID: text, Receipt: text, Currency: "TRY", Of: ledger.SaleRef{Day: ledger.Date(text), ID: text},
			Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 2, Gross: 1}, {Line: 1}, {Line: 99}},
		},
		Postings: []ledger.Posting{
			{Unit: ledger.Unit(text), Amount: 1, To: ledger.Issued}, {Unit: ledger.Unit(text), Amount: 1, From: ledger.Redeemed},
		},
	}
}

// No text of an entry or header becomes markup: the page says, letter for
// letter, what the laid-out lines say.
func FuzzHTML(f *testing.F) {
	f.Add("Köşe Bakkalı")
	f.Add(`<script>alert(1)</script>`)
	f.Add(`</span></section><img src=x onerror="alert(1)">`)
	f.Add(`" class="x" onmouseover='alert(1)'`)
	f.Add("</style><!-- ]]> {{.}} &amp; &#60; &lt")
	f.Add("javascript:alert(1)")
	f.Add("a\x00b\x1b\u202e\u2028\ufeff\ufffe\xff+ADw-script")
	f.Fuzz(func(t *testing.T, text string) {
		e := &ledger.Entry{
			At: at,
			Sale: &ledger.Sale{
				Receipt: text, Currency: "TRY",
				Lines:   []ledger.Line{{SKU: text, Gross: 1}, {Categories: []string{text}}},
				Tenders: []ledger.Tender{{Type: text}},
				Rewards: []ledger.Taken{{Reward: text}},
			},
			Told: &ledger.Told{Unit: ledger.Unit(text)},
		}
		r := receipt.From(e, receipt.Header{Store: text, Terminal: text, Member: text, Notes: []string{text}})
		same(t, r.Layout(32), html(t, r, 32))
		paper := receipt.FromReturn(returnOf(e, text), e, r.Header)
		fragment, err := paper.HTML(32)
		if err != nil {
			t.Fatal(err)
		}
		same(t, paper.Layout(32), string(fragment))
	})
}
