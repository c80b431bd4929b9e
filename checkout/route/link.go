package route

import (
	"net/url"
	"slices"
	"strings"
)

// isAddress reports whether a text is a web address in the two spellings that
// GS1 Digital Link has.
func isAddress(text string) bool {
	for _, scheme := range []string{"https://", "http://", "HTTPS://", "HTTP://"} {
		if strings.HasPrefix(text, scheme) {
			return true
		}
	}
	return false
}

// link reads a web address as a GS1 Digital Link: a path of identifiers and
// their values. A member's number counts from hosts of ours alone.
func (r Router) link(text string) Code {
	address, err := url.Parse(text)
	if err != nil {
		return unknown(WebPage, "a web address that cannot be read")
	}
	steps := strings.Split(address.Path, "/")
	for i := 0; i+1 < len(steps); i++ {
		ai, value := steps[i], steps[i+1]
		if ai == "01" && isDigits(value) && len(value) < 14 { // GTIN-8, -12, -13
			value = strings.Repeat("0", 14-len(value)) + value
		}
		if code := elementOf(ai + value); code.Kind != Unknown && slices.Contains(linked, ai) {
			return r.trusted(code, address)
		}
	}
	return unknown(WebPage, "somebody's web page, not a card")
}

// linked are the identifiers that a path may begin with and that are about
// what a scan is for.
var linked = []string{gsrn, "01", "255"}

func (r Router) trusted(code Code, address *url.URL) Code {
	if code.Kind == Card && !slices.Contains(r.Hosts, strings.ToLower(address.Hostname())) {
		return unknown(WebPage, "a member's number in the web address of a host that card_hosts does not name")
	}
	code.Why += ", in a GS1 Digital Link"
	return code
}
