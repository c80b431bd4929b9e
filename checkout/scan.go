package checkout

import (
	"fmt"
	"io"
	"strings"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// Router decides what a scan is, before any screen sees it. It is pure.
type Router struct {
	Region string     // ISO 3166, how numbers without country code are read
	Cards  []CardRule // the first that fits decides
	// Hosts are those whose web addresses name member cards. Anybody can print
	// a code with anybody's number in it.
	Hosts []string
}

// CardRule says which numbers are member cards. Price-embedded codes, which
// begin with 2 as many cards do, must match none.
type CardRule struct {
	Prefix     string
	Length     int  // characters, with the prefix
	CheckDigit bool // the last digit is GS1's
}

// CodeKind is what a scan is.
type CodeKind int

// The kinds of scans.
const (
	UnknownCode CodeKind = iota
	CardCode             // the number of a member card
	PhoneCode            // a telephone number
	ReceiptCode          // the number on one of our receipts
	ClaimCode            // the code on a receipt without a member
	FriendCode           // a member's, which she gives to friends
	ProductCode          // an article: the POS's business
)

// Code is a routed scan. However it is printed it shows its kind alone.
type Code struct {
	Kind CodeKind
	// Value is the card's or receipt's number, the receipt's or the friend's code,
	// or the phone number to parse; empty for the others.
	Value string
}

// String names the kind.
func (c Code) String() string {
	return [...]string{"unknown code", "card", "phone", "receipt", "claim", "friend", "product"}[c.Kind]
}

// Format prints the same whatever the verb.
func (c Code) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

const (
	minReceiptDigits = 8 // the epoch and seven digits
	maxReceiptDigits = 9
)

// Route decides by the symbology where the scanner names it, then by GS1's
// structure, the configured cards, form, length and check digit.
func (r Router) Route(scan device.Scan) Code {
	text := strings.TrimSpace(string(scan.Data))
	if carriesElements(scan.AIM) {
		return elements(text)
	}
	if ledger.IsClaimCode(text) {
		return Code{ClaimCode, text}
	}
	if isRetail(scan.AIM) {
		return r.retail(text)
	}
	if ledger.IsReferralCode(text) {
		return Code{FriendCode, text}
	}
	if code, ok := r.card(text); ok {
		return code
	}
	if scan.AIM == "" && strings.HasPrefix(text, "8018") {
		if code := elements(text); code.Kind == CardCode {
			return code
		}
	}
	if code, ok := r.worded(text); ok {
		return code
	}
	return r.number(scan.AIM, text)
}

// retail is a code of the kind that is on goods; some cards have one too.
func (r Router) retail(text string) Code {
	if code, ok := r.card(text); ok {
		return code
	}
	if !isDigits(text) {
		return Code{}
	}
	switch len(text) {
	case 12, 13:
		if !checked(text) {
			return Code{}
		}
	case 2, 5, 8, 14, 15, 17, 18: // add-ons, EAN-8 and UPC-E, main codes with add-ons
	default:
		return Code{}
	}
	return Code{Kind: ProductCode}
}

// card looks for a rule. UPC-A and EAN-13 write one number in two lengths.
func (r Router) card(text string) (Code, bool) {
	spellings := []string{text}
	switch {
	case len(text) == 12 && isDigits(text):
		spellings = append(spellings, "0"+text)
	case len(text) == 13 && isDigits(text) && text[0] == '0':
		spellings = append(spellings, text[1:])
	}
	for _, rule := range r.Cards {
		for _, number := range spellings {
			if rule.fits(number) {
				return Code{CardCode, number}, true
			}
		}
	}
	return Code{}, false
}

func (r CardRule) fits(number string) bool {
	if len(number) != r.Length || !strings.HasPrefix(number, r.Prefix) || !isWord(number) {
		return false
	}
	return !r.CheckDigit || isDigits(number) && checked(number)
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
	}
	if isAddress(text) {
		return r.link(text), true
	}
	return Code{}, false
}

// number is a row of digits that nothing else is known of. Without a symbology
// an article goes before a telephone: nobody prints telephone numbers on codes
// as often as articles.
func (r Router) number(aim, text string) Code {
	if !isDigits(text) {
		return Code{}
	}
	n := len(text)
	isGTIN := n == 8 || n == 12 || n == 13 || n == 14
	switch {
	case isGTIN && checked(text) && (aim == "" || n == 14):
		return Code{Kind: ProductCode}
	case n >= minReceiptDigits && n <= maxReceiptDigits && text[0] != '0':
		return Code{ReceiptCode, text}
	}
	return r.phone(text)
}

func (r Router) phone(text string) Code {
	if _, err := phone.Parse(text, r.Region); err != nil {
		return Code{}
	}
	return Code{PhoneCode, text}
}

// cutFold is strings.CutPrefix in any case.
func cutFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// isWord reports whether all is digits and capital letters.
func isWord(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return text != ""
}
