package checkout_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
)

// router is a shop's in Turkey, with two sorts of cards of its own.
var router = checkout.Router{
	Region: "TR",
	Cards: []checkout.CardRule{
		{Prefix: "2912", Length: 13, CheckDigit: true},
		{Prefix: "04", Length: 12, CheckDigit: true},
		{Prefix: "LOY", Length: 10},
	},
	Hosts: []string{"id.example.org"},
}

// What a scan is, by what it is made of.
func TestRoute(t *testing.T) {
	const person = "520123456789012346"
	for _, c := range []struct {
		name, aim, data string
		kind            checkout.CodeKind
		value           string
	}{
		// Cards.
		{"GSRN in GS1-128", "]C1", "8018" + person, checkout.CardCode, person},
		{"GSRN in GS1 QR, with its instance", "]Q3", "8018" + person + "\x1d8019123", checkout.CardCode, person},
		{"GSRN behind an article", "]d2", "0109506000134352" + "8018" + person, checkout.CardCode, person},
		{"GSRN behind an element without fixed length", "]C1", "10ABC\x1d8018" + person, checkout.CardCode, person},
		{"GSRN without its separator", "]C1", "8018" + person + "10ABC", checkout.UnknownCode, ""},
		{"GSRN with a bad check digit", "]C1", "8018520123456789012345", checkout.UnknownCode, ""},
		{"GSRN of a provider", "]C1", "8017" + person, checkout.UnknownCode, ""},
		{"GSRN from a scanner that names nothing", "", "8018" + person, checkout.CardCode, person},
		{"a shop's EAN-13 card", "]E0", "2912345678906", checkout.CardCode, "2912345678906"},
		{"the same from a scanner that names nothing", "", "2912345678906", checkout.CardCode, "2912345678906"},
		{"the same with a bad check digit", "", "2912345678901", checkout.UnknownCode, ""},
		{"a weighed article is no card", "]E0", "2801234012344", checkout.ProductCode, ""},
		{"a UPC-A card", "]E0", "042100005264", checkout.CardCode, "042100005264"},
		{"the same as EAN-13", "]E0", "0042100005264", checkout.CardCode, "042100005264"},
		{"letters and digits", "]A0", "LOY1234567", checkout.CardCode, "LOY1234567"},
		{"the same, padded", "", " LOY1234567 ", checkout.CardCode, "LOY1234567"},
		{"too long for the rule", "]A0", "LOY12345678", checkout.UnknownCode, ""},
		{"a link of ours", "]Q1", "https://id.example.org/8018/" + person + "?99=x", checkout.CardCode, person},
		{"a link of ours, in capitals", "]Q1", "HTTPS://ID.EXAMPLE.ORG/loyalty/8018/" + person + "/8019/12", checkout.CardCode, person},
		{"a link of ours with a bad check digit", "]Q1", "https://id.example.org/8018/520123456789012345", checkout.UnknownCode, ""},
		{"anybody's link", "]Q1", "https://evil.example.net/8018/" + person, checkout.UnknownCode, ""},
		{"a host that only ends like ours", "]Q1", "https://xid.example.org/8018/" + person, checkout.UnknownCode, ""},
		{"ours as a user's name", "]Q1", "https://id.example.org@evil.example.net/8018/" + person, checkout.UnknownCode, ""},

		// Codes that members give to friends.
		{"a friend's code", "]Q1", "PSR2Y-DVRDS", checkout.FriendCode, "PSR2Y-DVRDS"},
		{"the same, padded", "", " PSR2Y-DVRDS ", checkout.FriendCode, "PSR2Y-DVRDS"},
		{"one with a wrong letter", "]Q1", "PSR2Y-DVRDT", checkout.UnknownCode, ""},

		// Telephones.
		{"E.164", "]Q1", "+905321234567", checkout.PhoneCode, "+905321234567"},
		{"tel:", "]Q1", "tel:+90-532-123-45-67", checkout.PhoneCode, "+90-532-123-45-67"},
		{"TEL:", "", "TEL:05321234567", checkout.PhoneCode, "05321234567"},
		{"tel: with a parameter", "]Q1", "tel:05321234567;phone-context=+90", checkout.PhoneCode, "05321234567"},
		{"tel: of nobody", "]Q1", "tel:911x", checkout.UnknownCode, ""},
		{"as it is keyed", "", "05321234567", checkout.PhoneCode, "05321234567"},
		{"as it is keyed, in Code 128", "]C0", "5321234567", checkout.PhoneCode, "5321234567"},
		{"twelve digits that are no UPC-A", "", "905321234567", checkout.PhoneCode, "905321234567"},
		{"twelve digits that could be UPC-A", "", "905321234564", checkout.ProductCode, ""},
		{"the same in Code 128, where no UPC-A is", "]C0", "905321234564", checkout.PhoneCode, "905321234564"},
		{"the same on goods", "]E0", "905321234564", checkout.ProductCode, ""},
		{"no number of any country", "]C0", "00000000000", checkout.UnknownCode, ""},

		// Receipts.
		{"the code of one without a member", "]Q1", claimCode, checkout.ClaimCode, claimCode},
		{"the same, keyed", "", strings.ToLower(claimCode), checkout.ClaimCode, strings.ToLower(claimCode)},
		{"what only begins like one", "]Q1", "LC1-00000", checkout.UnknownCode, ""},
		{"the first receipt", "]C0", "10000001", checkout.ReceiptCode, "10000001"},
		{"of a later epoch", "", "120000017", checkout.ReceiptCode, "120000017"},
		{"eight digits on goods", "]E4", "10000007", checkout.ProductCode, ""},
		{"eight digits with a check digit", "", "96385074", checkout.ProductCode, ""},
		{"the same in Code 128", "]C0", "96385074", checkout.ReceiptCode, "96385074"},

		// Articles.
		{"EAN-13", "]E0", "5901234123457", checkout.ProductCode, ""},
		{"EAN-13 from a scanner that names nothing", "", "5901234123457", checkout.ProductCode, ""},
		{"EAN-13 with a bad check digit", "]E0", "5901234123456", checkout.UnknownCode, ""},
		{"EAN-8", "]E4", "29123452", checkout.ProductCode, ""},
		{"with an add-on", "]E3", "590123412345712345", checkout.ProductCode, ""},
		{"ITF-14", "]I1", "09506000134352", checkout.ProductCode, ""},
		{"GTIN in a DataBar", "]e0", "0109506000134352", checkout.ProductCode, ""},
		{"GTIN, date and lot", "]d2", "010950600013435217261231" + "10ABC", checkout.ProductCode, ""},
		{"a link of an article", "]Q1", "https://brand.example.com/01/09506000134352/10/ABC", checkout.ProductCode, ""},

		// Nothing.
		{"a word", "]Q1", "hello", checkout.UnknownCode, ""},
		{"a contact", "]Q1", "BEGIN:VCARD\nTEL:05321234567\nEND:VCARD", checkout.UnknownCode, ""},
		{"only blanks", "", "   ", checkout.UnknownCode, ""},
		{"elements without an end", "]C1", "01", checkout.UnknownCode, ""},
		{"bytes", "]Q2", "\xff\xfe\x00", checkout.UnknownCode, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := router.Route(device.Scan{AIM: c.aim, Data: []byte(c.data)})
			if got.Kind != c.kind || got.Value != c.value {
				t.Errorf("%s %q, want %s %q", got, got.Value, checkout.Code{Kind: c.kind}, c.value)
			}
		})
	}
}

// A number of a card is nowhere printed.
func TestCodePrintsNoNumber(t *testing.T) {
	code := checkout.Code{Kind: checkout.CardCode, Value: "2912345678906"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, code); got != "card" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

// FuzzRoute: no scan brings the router down; what is a card fits a rule or is a
// GSRN, and the same bytes are the same thing again.
func FuzzRoute(f *testing.F) {
	for _, seed := range [][2]string{
		{"]C1", "8018520123456789012346\x1d10ABC"}, {"]E0", "5901234123457"}, {"", "05321234567"}, {"]Q1", "tel:+905321234567"},
		{"]Q1", "https://id.example.org/8018/520123456789012346?99=x"}, {"]e0", "\x1d\x1d01"}, {"", "2912345678906"}, {"]Q1", "https://[::1/%zz"},
		{"]d2", "41"}, {"]C0", "10000001"}, {"", "\x00+"},
	} {
		f.Add(seed[0], []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, aim string, data []byte) {
		scan := device.Scan{AIM: aim, Data: data}
		code := router.Route(scan)
		if again := router.Route(scan); again.Kind != code.Kind || again.Value != code.Value {
			t.Fatalf("%s, then %s", code, again)
		}
		switch code.Kind {
		case checkout.CardCode:
			ruled := strings.HasPrefix(code.Value, "2912") || strings.HasPrefix(code.Value, "04") || strings.HasPrefix(code.Value, "LOY")
			if !ruled && len(code.Value) != 18 {
				t.Errorf("a card of no rule: %q", code.Value)
			}
		case checkout.PhoneCode, checkout.ReceiptCode:
			if !strings.Contains(string(data), code.Value) {
				t.Errorf("%s %q does not stand in %q", code, code.Value, data)
			}
		case checkout.ProductCode, checkout.UnknownCode:
			if code.Value != "" {
				t.Errorf("%s with %q", code, code.Value)
			}
		}
	})
}

// claimCode is one as it is printed.
const claimCode = "LC1-04HMA-SR828-40G50-3R80G-60HG8-1A4E3-GF810-20M5K-M56RK-JCHM2-0"
