package pages

import "strings"

// separators are what stands between thousands, and before decimals, by language;
// English's everywhere else.
var separators = map[string][2]string{"en": {",", "."}, "tr": {".", ","}}

// Grouped writes the number that a text begins with as the reader's language groups it:
// of "1234.50 TRY" 1,234.50, and in Turkish 1.234,50. What is no number stays.
func (f frame) Grouped(text string) string {
	rest := strings.TrimLeft(text, "+-−")
	sign := text[:len(text)-len(rest)]
	number, unit, _ := strings.Cut(rest, " ")
	if unit != "" {
		unit = " " + unit
	}
	whole, decimals, pointed := strings.Cut(strings.ReplaceAll(number, ",", ""), ".")
	if whole == "" || strings.Trim(whole+decimals, "0123456789") != "" {
		return text
	}
	between, ok := separators[f.Lang]
	if !ok {
		between = separators["en"]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + between[0] + whole[i:]
	}
	if pointed {
		whole += between[1] + decimals
	}
	return sign + whole + unit
}
