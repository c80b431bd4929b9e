// Package route decides what a scan is, before any screen sees it: a member's
// card, a telephone, one of our receipts, an operator's badge, or something that
// the POS knows.
package route

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// Router decides what a scan is. It is pure.
type Router struct {
	Region string // ISO 3166, how numbers without country code are read
	Rules  []Rule // of those that fit the longest prefix decides
	// Hosts are those whose web addresses name member cards. Anybody can print
	// a code with anybody's number in it.
	Hosts []string
}

const (
	minReceiptDigits = 8 // the epoch and seven digits
	maxReceiptDigits = 9
)

// Route decides by the symbology where the scanner names it, then by GS1's
// structure, the rules, form, length and check digit.
func (r Router) Route(scan device.Scan) Code {
	text := strings.TrimSpace(string(scan.Data))
	switch {
	case text == "":
		return unknown(NotKnown, "there is nothing in it")
	case carriesElements(scan.AIM):
		return elements(text)
	case appcode.Is(text):
		return known(App, text, "what a member's app shows")
	case ledger.IsClaimCode(text):
		return known(Claim, text, "the code of a receipt without a member")
	case isRetail(scan.AIM):
		return r.retail(scan.AIM, text)
	case ledger.IsReferralCode(text):
		return known(Friend, text, "a member's code for friends")
	}
	if code, ok := r.ruled(text); ok {
		return code
	}
	if scan.AIM == "" && (strings.HasPrefix(text, gsrn) || strings.Contains(text, gs)) {
		if code := elements(text); code.Kind != Unknown {
			return code
		}
	}
	if code, ok := r.worded(text); ok {
		return code
	}
	code := r.number(scan.AIM, text)
	if code.Kind == Unknown {
		code = r.nearly(text, code)
	}
	return code
}

// worded is a code that says of itself what it is: a telephone number in its
// international form, or a web address.
func (r Router) worded(text string) (Code, bool) {
	rest, isTel := cutFold(text, "tel:")
	switch {
	case isTel:
		rest, _, _ = strings.Cut(rest, ";") // RFC 3966's parameters
		return r.phone(rest), true
	case strings.HasPrefix(text, "+"):
		return r.phone(text), true
	case isAddress(text):
		return r.link(text), true
	}
	return Code{}, false
}

// number is a row of digits that nothing else is known of. Without a symbology
// an article goes before a telephone: nobody prints telephone numbers on codes
// as often as articles.
func (r Router) number(aim, text string) Code {
	if !isDigits(text) {
		return unknown(NotKnown, "no rule fits, and it is no telephone number, web address or code of ours")
	}
	n := len(text)
	isGTIN := n == 8 || n == 12 || n == 13
	switch {
	case n == 14 && checked(text):
		return known(Product, text, "GTIN-14")
	case aim == "" && isGTIN && checked(text):
		return article(aim, text)
	case aim == "" && n == 8 && text[0] == '0':
		if code := article(aim, text); code.Kind != Unknown {
			return code
		}
	case n >= minReceiptDigits && n <= maxReceiptDigits && text[0] != '0':
		return known(Receipt, text, "the number of a receipt of ours")
	}
	return r.phone(text)
}

func (r Router) phone(text string) Code {
	if _, err := phone.Parse(text, r.Region); err != nil {
		return unknown(NotKnown, "it is no telephone number that can be, nor anything else")
	}
	return known(Phone, text, "a telephone number")
}

// cutFold is strings.CutPrefix in any case.
func cutFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}
