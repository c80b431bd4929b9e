package route

import (
	"slices"
	"strings"
)

// carriesElements reports whether a symbology says that GS1 element strings
// follow: GS1-128, DataBar, GS1 DataMatrix, GS1 QR and GS1 DotCode (GS1 General
// Specifications, 5.1.3).
func carriesElements(aim string) bool {
	return slices.Contains([]string{"]C1", "]e0", "]d2", "]Q3", "]Q4", "]J1"}, aim)
}

const (
	gs         = "\x1d" // ends an element without a fixed length
	gsrn       = "8018" // GS1's number of a person served: a member card
	gsrnDigits = 18
)

// elements reads a GS1 element string: a member's number makes it a card,
// whatever stands beside it, else a coupon's number a coupon, else an article's
// a product.
func elements(text string) Code {
	found := unknown(NotKnown, "its GS1 elements name no member, coupon or article")
	for text = strings.TrimLeft(text, gs); text != ""; text = strings.TrimLeft(text, gs) {
		var element string
		element, text = nextElement(text)
		switch code := elementOf(element); {
		case code.Kind == Card:
			return code
		case code.Kind > Unknown && (found.Kind == Unknown || code.Kind == Coupon), code.Why != "" && found.Kind == Unknown:
			found = code
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

// maxCoupon bounds the value of 8110 and 8112.
const maxCoupon = 70

// elementOf tells what one element, its identifier in front, says; the zero Code
// where it is about none of what a scan is for.
func elementOf(element string) Code {
	value, isGSRN := strings.CutPrefix(element, gsrn)
	if isGSRN {
		return cardElement(value)
	}
	for _, ai := range []string{"8110", "8112"} {
		if value, ok := strings.CutPrefix(element, ai); ok && value != "" && len(value) <= maxCoupon {
			return known(Coupon, value, "GS1 element "+ai+", a coupon")
		}
	}
	if value, ok := strings.CutPrefix(element, "255"); ok && isCoupon(value) {
		return known(Coupon, value, "GS1 element 255 (GCN), a coupon")
	}
	for _, ai := range []string{"01", "02"} {
		if value, ok := strings.CutPrefix(element, ai); ok && isGTIN14(value) {
			return known(Product, value, "GS1 element "+ai+" (GTIN), an article")
		}
	}
	return Code{}
}

func cardElement(number string) Code {
	switch {
	case len(number) != gsrnDigits || !isDigits(number):
		return unknown(NotKnown, "GS1 element 8018 (GSRN) has 18 digits and ends there, or with a GS")
	case !checked(number):
		return unknown(WrongCheck, "the check digit of GS1 element 8018 (GSRN) is wrong")
	}
	return known(Card, number, "GS1 element 8018 (GSRN), a member")
}

// gcnDigits are those of a coupon's number with its check digit; a serial of up
// to twelve more may follow.
const gcnDigits, maxSerial = 13, 12

func isCoupon(value string) bool {
	return len(value) >= gcnDigits && len(value) <= gcnDigits+maxSerial && isDigits(value) && checked(value[:gcnDigits])
}

func isGTIN14(number string) bool {
	return len(number) == 14 && isDigits(number) && checked(number)
}
