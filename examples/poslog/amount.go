package main

import (
	"strconv"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// minor reads a decimal amount, exactly, as whole minor units of its currency. A
// sign in front is the POS's way to say that money goes out.
func minor(text, code string) (int64, error) {
	currency, err := ledger.ParseCurrency(code)
	if err != nil {
		return 0, untellable("CurrencyCode: %v", err)
	}
	digits := currency.Digits()
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	if strings.Trim(whole+fraction, "-") == "" {
		return 0, untellable("amount %q is no number", text)
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > digits {
		return 0, untellable("amount %q has more than the %d decimals of %s", text, digits, code)
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return 0, untellable("amount %q is no number", text)
	}
	return n, nil
}

// pieces is how many were sold: what is weighed or measured is one.
func pieces(quantity string) int64 {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(quantity), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 1 || strings.Trim(fraction, "0") != "" {
		return 1
	}
	return n
}
