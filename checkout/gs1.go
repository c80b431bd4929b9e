package checkout

import (
	"net/url"
	"slices"
	"strings"
)

// carriesElements reports whether a symbology says that GS1 element strings
// follow: GS1-128, DataBar, GS1 DataMatrix, GS1 QR and GS1 DotCode (GS1 General
// Specifications, 5.1.3).
func carriesElements(aim string) bool {
	return slices.Contains([]string{"]C1", "]e0", "]d2", "]Q3", "]Q4", "]J1"}, aim)
}

// isRetail reports whether a symbology is EAN or UPC.
func isRetail(aim string) bool { return strings.HasPrefix(aim, "]E") }

const (
	gs         = "\x1d" // ends an element without a fixed length
	gsrn       = "8018" // GS1's number of a person served: a member card
	gsrnDigits = 18
)

// elements reads a GS1 element string: a member's number makes it a card,
// whatever stands beside it, an article's number a product.
func elements(text string) Code {
	found := Code{}
	for text = strings.TrimLeft(text, gs); text != ""; text = strings.TrimLeft(text, gs) {
		var element string
		element, text = nextElement(text)
		if number, ok := strings.CutPrefix(element, gsrn); ok && isGSRN(number) {
			return Code{CardCode, number}
		}
		if isArticle(element) {
			found = Code{Kind: ProductCode}
		}
	}
	return found
}

// nextElement takes the first element off.
func nextElement(text string) (element, rest string) {
	if n := fixedLength(text); n > 0 && len(text) >= n {
		return text[:n], text[n:]
	}
	element, rest, _ = strings.Cut(text, gs)
	return element, rest
}

// fixedLength is how long an element is by its first two digits, with them; 0
// where a GS ends it (GS1 General Specifications, figure 7.8.5-2).
func fixedLength(text string) int {
	if len(text) < 2 {
		return 0
	}
	switch text[:2] {
	case "00":
		return 20
	case "01", "02", "03", "41":
		return 16
	case "04":
		return 18
	case "11", "12", "13", "14", "15", "16", "17", "18", "19":
		return 8
	case "20":
		return 4
	case "31", "32", "33", "34", "35", "36":
		return 10
	}
	return 0
}

// isArticle reports whether an element is a GTIN, of an article or of what a
// box holds.
func isArticle(element string) bool {
	number, ok := strings.CutPrefix(element, "01")
	if !ok {
		number, ok = strings.CutPrefix(element, "02")
	}
	return ok && len(number) == 14 && isDigits(number) && checked(number)
}

func isGSRN(number string) bool {
	return len(number) == gsrnDigits && isDigits(number) && checked(number)
}

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

// link reads a web address as a GS1 Digital Link.
func (r Router) link(text string) Code {
	address, err := url.Parse(text)
	if err != nil {
		return Code{}
	}
	steps := strings.Split(address.Path, "/")
	for i := 0; i+1 < len(steps); i++ {
		key, value := steps[i], steps[i+1]
		switch {
		case key == gsrn && isGSRN(value) && slices.Contains(r.Hosts, strings.ToLower(address.Hostname())):
			return Code{CardCode, value}
		case isArticle(key + value):
			return Code{Kind: ProductCode}
		}
	}
	return Code{}
}

// checked reports whether the last digit is GS1's check digit over the others:
// weights 3, 1, 3 … from the right (GS1 General Specifications, 7.9).
func checked(digits string) bool {
	sum := 0
	for i := range len(digits) {
		weight := 1
		if (len(digits)-1-i)%2 == 1 {
			weight = 3
		}
		sum += weight * int(digits[i]-'0')
	}
	return len(digits) > 1 && sum%10 == 0
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
