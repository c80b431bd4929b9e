package route_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/device"
)

// router is a shop's in Turkey, with two sorts of cards of its own.
var router = route.Router{
	Region: "TR",
	Rules: []route.Rule{
		{Kind: route.Card, Prefix: "2912", Length: 13, CheckDigit: true},
		{Kind: route.Product, Prefix: "2912999", Length: 13, CheckDigit: true},
		{Kind: route.Badge, Prefix: "29990", Length: 13, CheckDigit: true},
		{Kind: route.Card, Prefix: "04", Length: 12, CheckDigit: true},
		{Kind: route.Card, Prefix: "LOY", Length: 10},
	},
	Hosts: []string{"id.example.org"},
}

// What a scan is, by what it is made of.
func TestRoute(t *testing.T) {
	const person = "520123456789012346"
	for _, c := range []struct {
		name, aim, data string
		kind            route.Kind
		value           string
	}{
		// Cards.
		{"GSRN in GS1-128", "]C1", "8018" + person, route.Card, person},
		{"GSRN in GS1 QR, with its instance", "]Q3", "8018" + person + "\x1d8019123", route.Card, person},
		{"GSRN behind an article", "]d2", "0109506000134352" + "8018" + person, route.Card, person},
		{"GSRN behind an element without fixed length", "]C1", "10ABC\x1d8018" + person, route.Card, person},
		{"GSRN without its separator", "]C1", "8018" + person + "10ABC", route.Unknown, ""},
		{"GSRN with a bad check digit", "]C1", "8018520123456789012345", route.Unknown, ""},
		{"GSRN of a provider", "]C1", "8017" + person, route.Unknown, ""},
		{"GSRN from a scanner that names nothing", "", "8018" + person, route.Card, person},
		{"a shop's EAN-13 card", "]E0", "2912345678906", route.Card, "2912345678906"},
		{"the same from a scanner that names nothing", "", "2912345678906", route.Card, "2912345678906"},
		{"the same with a bad check digit", "", "2912345678901", route.Unknown, ""},
		{"a weighed article is no card", "]E0", "2801234012344", route.Product, "2801234012344"},
		{"a UPC-A card", "]E0", "042100005264", route.Card, "042100005264"},
		{"the same as EAN-13", "]E0", "0042100005264", route.Card, "042100005264"},
		{"letters and digits", "]A0", "LOY1234567", route.Card, "LOY1234567"},
		{"the same, padded", "", " LOY1234567 ", route.Card, "LOY1234567"},
		{"too long for the rule", "]A0", "LOY12345678", route.Unknown, ""},
		{"a link of ours", "]Q1", "https://id.example.org/8018/" + person + "?99=x", route.Card, person},
		{"a link of ours, in capitals", "]Q1", "HTTPS://ID.EXAMPLE.ORG/loyalty/8018/" + person + "/8019/12", route.Card, person},
		{"a link of ours with a bad check digit", "]Q1", "https://id.example.org/8018/520123456789012345", route.Unknown, ""},
		{"anybody's link", "]Q1", "https://evil.example.net/8018/" + person, route.Unknown, ""},
		{"a host that only ends like ours", "]Q1", "https://xid.example.org/8018/" + person, route.Unknown, ""},
		{"ours as a user's name", "]Q1", "https://id.example.org@evil.example.net/8018/" + person, route.Unknown, ""},

		// Codes that members give to friends.
		{"a friend's code", "]Q1", "PSR2Y-DVRDS", route.Friend, "PSR2Y-DVRDS"},
		{"the same, padded", "", " PSR2Y-DVRDS ", route.Friend, "PSR2Y-DVRDS"},
		{"one with a wrong letter", "]Q1", "PSR2Y-DVRDT", route.Unknown, ""},

		// Telephones.
		{"E.164", "]Q1", "+905321234567", route.Phone, "+905321234567"},
		{"tel:", "]Q1", "tel:+90-532-123-45-67", route.Phone, "+90-532-123-45-67"},
		{"TEL:", "", "TEL:05321234567", route.Phone, "05321234567"},
		{"tel: with a parameter", "]Q1", "tel:05321234567;phone-context=+90", route.Phone, "05321234567"},
		{"tel: of nobody", "]Q1", "tel:911x", route.Unknown, ""},
		{"as it is keyed", "", "05321234567", route.Phone, "05321234567"},
		{"as it is keyed, in Code 128", "]C0", "5321234567", route.Phone, "5321234567"},
		{"twelve digits that are no UPC-A", "", "905321234567", route.Phone, "905321234567"},
		{"twelve digits that could be UPC-A", "", "905321234564", route.Product, "0905321234564"},
		{"the same in Code 128, where no UPC-A is", "]C0", "905321234564", route.Phone, "905321234564"},
		{"the same on goods", "]E0", "905321234564", route.Product, "0905321234564"},
		{"no number of any country", "]C0", "00000000000", route.Unknown, ""},

		// Receipts.
		{"the code of one without a member", "]Q1", claimCode, route.Claim, claimCode},
		{"the same, keyed", "", strings.ToLower(claimCode), route.Claim, strings.ToLower(claimCode)},
		{"what only begins like one", "]Q1", "LC1-00000", route.Unknown, ""},
		{"the first receipt", "]C0", "10000001", route.Receipt, "10000001"},
		{"of a later epoch", "", "120000017", route.Receipt, "120000017"},
		{"eight digits on goods", "]E4", "10000007", route.Product, "10000007"},
		{"eight digits with a check digit", "", "96385074", route.Product, "96385074"},
		{"the same in Code 128", "]C0", "96385074", route.Receipt, "96385074"},

		// Articles.
		{"EAN-13", "]E0", "5901234123457", route.Product, "5901234123457"},
		{"EAN-13 from a scanner that names nothing", "", "5901234123457", route.Product, "5901234123457"},
		{"EAN-13 with a bad check digit", "]E0", "5901234123456", route.Unknown, ""},
		{"EAN-8", "]E4", "29123452", route.Product, "29123452"},
		{"with an add-on", "]E3", "590123412345712345", route.Product, "590123412345712345"},
		{"ITF-14", "]I1", "09506000134352", route.Product, "09506000134352"},
		{"GTIN in a DataBar", "]e0", "0109506000134352", route.Product, "09506000134352"},
		{"GTIN, date and lot", "]d2", "010950600013435217261231" + "10ABC", route.Product, "09506000134352"},
		{"a link of an article", "]Q1", "https://brand.example.com/01/09506000134352/10/ABC", route.Product, "09506000134352"},

		{"UPC-E", "]E0", "04252614", route.Product, "0042100005264"},
		{"UPC-E from a scanner that names nothing", "", "01234565", route.Product, "0012345000065"},
		{"UPC-E with a bad check digit", "]E0", "04252615", route.Unknown, ""},
		{"eight digits that are EAN-8 and UPC-E, as UPC-E", "]E0", "05096893", route.Product, "0050968000093"},
		{"a card's number as a short UPC-E", "]E0", "04252614", route.Product, "0042100005264"},
		{"EAN-13 and its composite", "]E0", "5901234123457|]e010ABC", route.Product, "5901234123457"},
		{"a shop's own EAN-8", "]E4", "02345673", route.Product, "02345673"},
		{"weighed goods as UPC-A", "]E0", "291234567890", route.Product, "0291234567890"},
		{"a refund receipt", "]E0", "9801234567892", route.Product, "9801234567892"},
		{"a shop's own goods, which begin as its cards do", "]E0", "2912999000009", route.Product, "2912999000009"},
		{"a web page's article with twelve digits", "]Q1", "https://brand.example.com/01/614141123452", route.Product, "00614141123452"},

		// Coupons.
		{"of a currency area", "]E0", "9813765030011", route.Coupon, "9813765030011"},
		{"another", "]E0", "9828508010106", route.Coupon, "9828508010106"},
		{"old US", "]E0", "512345678900", route.Coupon, "0512345678900"},
		{"GCN", "]C1", "2559501101530003", route.Coupon, "9501101530003"},
		{"GCN with a serial, behind an article", "]e0", "0109506000134352" + "2559501101530003123456", route.Coupon, "9501101530003123456"},
		{"8110", "]e0", "8110106141416543213500110000310123196000", route.Coupon, "106141416543213500110000310123196000"},
		{"positive offer", "]e0", "81121061414165432131123456", route.Coupon, "1061414165432131123456"},
		{"GCN with a bad check digit", "]C1", "2559501101530004", route.Unknown, ""},
		{"a link of a coupon", "]Q1", "https://brand.example.com/255/9501101530003", route.Coupon, "9501101530003"},

		// What an app shows, whole or not, also behind the identifier of a scanner.
		{"an app's code", "]Q1", "LYA1:BB8 .", route.App, "LYA1:BB8 ."},
		{"an app's code without a symbology", "", "LYA1:BB8 .", route.App, "LYA1:BB8 ."},
		// Badges.
		{"an operator's", "]E0", "2999000000098", route.Badge, "9"},

		// Nothing.
		{"a word", "]Q1", "hello", route.Unknown, ""},
		{"a contact", "]Q1", "BEGIN:VCARD\nTEL:05321234567\nEND:VCARD", route.Unknown, ""},
		{"only blanks", "", "   ", route.Unknown, ""},
		{"elements without an end", "]C1", "01", route.Unknown, ""},
		{"bytes", "]Q2", "\xff\xfe\x00", route.Unknown, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := router.Route(device.Scan{AIM: c.aim, Data: []byte(c.data)})
			if got.Kind != c.kind || got.Value != c.value {
				t.Errorf("%s %q, want %s %q", got, got.Value, route.Code{Kind: c.kind}, c.value)
			}
		})
	}
}

// An article's number that was read or keyed wrong is told so; what has its check
// digit, or no article's length, is not.
func TestWrongCheckDigit(t *testing.T) {
	for data, wrong := range map[string]bool{"2912000000015": true, "036000291453": true, "10012345678903": true, "05321234567": false, "999999999999999": false} {
		code := route.Router{Region: "TR"}.Route(device.Scan{Data: []byte(data)})
		if said := code.Fault == route.WrongCheck && strings.Contains(code.Why, "check digit is wrong"); said != wrong {
			t.Errorf("%s: %q", data, code.Why)
		}
	}
}

// A number of a card is nowhere printed.
func TestCodePrintsNoNumber(t *testing.T) {
	code := route.Code{Kind: route.Card, Value: "2912345678906"}
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
		case route.Card:
			ruled := strings.HasPrefix(code.Value, "2912") || strings.HasPrefix(code.Value, "04") || strings.HasPrefix(code.Value, "LOY")
			if !ruled && len(code.Value) != 18 {
				t.Errorf("a card of no rule: %q", code.Value)
			}
		case route.Phone, route.Receipt:
			if !strings.Contains(string(data), code.Value) {
				t.Errorf("%s %q does not stand in %q", code, code.Value, data)
			}
		case route.Unknown:
			if code.Value != "" || code.Why == "" {
				t.Errorf("%s with %q", code, code.Value)
			}
		}
	})
}

// claimCode is one as it is printed.
const claimCode = "LC1-04HMA-SR828-40G50-3R80G-60HG8-1A4E3-GF810-20M5K-M56RK-JCHM2-0"
