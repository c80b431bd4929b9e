package route

import (
	"fmt"
	"strings"
)

// Rule says which numbers are of a kind: a shop's own cards, badges, coupons
// and what it prints on goods.
type Rule struct {
	Kind       Kind
	Name       string // where it is written, as in "cards[0]"
	Prefix     string
	Length     int  // characters, with the prefix
	CheckDigit bool // the last digit is GS1's
}

func (r Rule) fits(number string) bool {
	if len(number) != r.Length || !strings.HasPrefix(number, r.Prefix) || !isWord(number) {
		return false
	}
	return !r.CheckDigit || isDigits(number) && checked(number)
}

// String says what the rule asks for.
func (r Rule) String() string {
	text := fmt.Sprintf("%s: begins with %s, has %d characters", r.Name, r.Prefix, r.Length)
	if r.CheckDigit {
		text += ", the last of them GS1's check digit"
	}
	return text
}

// ruled looks for the rule that says most of how a number begins: what is
// printed on weighed goods begins as some shops' cards do.
func (r Router) ruled(text string) (Code, bool) {
	var best *Rule
	var number string
	for _, spelling := range spellings(text) {
		for i := range r.Rules {
			rule := &r.Rules[i]
			if rule.fits(spelling) && (best == nil || len(rule.Prefix) > len(best.Prefix)) {
				best, number = rule, spelling
			}
		}
	}
	if best == nil {
		return Code{}, false
	}
	if best.Kind == Badge {
		number = best.operator(number)
	}
	return known(best.Kind, number, best.String()), true
}

// nearly tells where a scan is one of a rule's, or an article's, but for its check
// digit.
func (r Router) nearly(text string, code Code) Code {
	for _, rule := range r.Rules {
		without := rule
		without.CheckDigit = false
		if rule.CheckDigit && isDigits(text) && without.fits(text) {
			return unknown(WrongCheck, "its check digit is wrong, but for which a rule fits: "+rule.String())
		}
	}
	if n := len(text); n >= 12 && n <= 14 && isDigits(text) && !checked(text) {
		return unknown(WrongCheck, "it is no telephone number that can be, and for an article its check digit is wrong")
	}
	return code
}

// operator is whose badge it is: what stands between the prefix and the check
// digit, without zeros in front.
func (r Rule) operator(number string) string {
	number = number[len(r.Prefix):]
	if r.CheckDigit {
		number = number[:len(number)-1]
	}
	return strings.TrimLeft(number, "0")
}

// spellings are the ways to write one number: UPC-A and EAN-13 do it in two
// lengths.
func spellings(text string) []string {
	switch {
	case len(text) == 12 && isDigits(text):
		return []string{text, "0" + text}
	case len(text) == 13 && isDigits(text) && text[0] == '0':
		return []string{text, text[1:]}
	}
	return []string{text}
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
