package ledger

import (
	"fmt"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 code such as "TRY".
type Currency string

// minorDigits holds the currencies of ISO 4217 whose minor unit is not a
// hundredth (list one, amendment 177). CLDR's digits differ and are not used.
var minorDigits = map[Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0,
	"PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// ParseCurrency reads a code of three capital letters.
func ParseCurrency(code string) (Currency, error) {
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fmt.Errorf("read currency %q: write the three letters of ISO 4217, as in TRY", code)
	}
	return Currency(code), nil
}

// Digits returns how many decimal places the minor unit takes.
func (c Currency) Digits() int {
	if digits, ok := minorDigits[c]; ok {
		return digits
	}
	return 2
}

// Format writes an amount with the currency's decimals and a point, without
// the code: 1999 TRY is "19.99".
func (c Currency) Format(amount Minor) string {
	digits := c.Digits()
	text := strconv.FormatUint(magnitude(int64(amount)), 10)
	if len(text) <= digits {
		text = strings.Repeat("0", digits+1-len(text)) + text
	}
	if digits > 0 {
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	if amount < 0 {
		return "-" + text
	}
	return text
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}
