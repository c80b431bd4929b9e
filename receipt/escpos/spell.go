package escpos

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// unknown stands for a letter nothing is known to spell.
const unknown = '?'

// spellings are for what code page 850 lacks and Unicode does not take apart
// into letters it has. The dotless i is in the page, at 0xD5, where many
// printers have a euro sign instead.
var spellings = map[rune]string{
	'ı': "i", 'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'œ': "oe", 'Œ': "OE", 'ŋ': "n", 'Ŋ': "N", 'ħ': "h", 'Ħ': "H",
	'ŧ': "t", 'Ŧ': "T", 'ĸ': "k", 'ə': "e", 'Ə': "E", 'ẞ': "SS", 'ſ': "s",
	'€': "EUR", '₺': "TL", '₽': "RUB", '₹': "Rs", '₴': "UAH", '₸': "KZT", '₼': "AZN", '₾': "GEL", '₪': "ILS", '₩': "KRW",
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '“': `"`, '”': `"`, '„': `"`, '‹': "<", '›': ">",
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '•': "*", '→': "->", '←': "<-", '✓': "*", '⁄': "/",
}

// spell writes a text in letters the printer has: as they are, as the map
// says, or without their marks. What is left is a question mark, never
// another letter.
func spell(text string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		b.WriteString(spellRune(r))
	}
	return b.String()
}

func spellRune(r rune) string {
	if unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) {
		return string(r) // the layout's to clean
	}
	if spelled, ok := simple(r); ok {
		return spelled
	}
	apart := norm.NFKD.String(string(r))
	if apart == string(r) {
		return string(unknown)
	}
	var b strings.Builder
	for _, part := range apart {
		spelled, ok := simple(part)
		if !ok {
			return string(unknown)
		}
		b.WriteString(spelled)
	}
	return b.String()
}

// simple spells what needs no taking apart; a mark alone is left out.
func simple(r rune) (string, bool) {
	if unicode.Is(unicode.Mn, r) {
		return "", true
	}
	if _, ok := code(r); ok {
		return string(r), true
	}
	spelled, ok := spellings[r]
	return spelled, ok
}

// code returns the byte that prints a letter: none below 0x20, none that
// printers disagree on.
func code(r rune) (byte, bool) {
	c, ok := charmap.CodePage850.EncodeRune(r)
	return c, ok && r != 'ı' && c >= 0x20 && c != 0x7f && c != 0xf0 && c != 0xff
}

// appendText appends the codes of a text.
func appendText(job []byte, text string) []byte {
	for _, r := range text {
		c, ok := code(r)
		if !ok {
			c = unknown
		}
		job = append(job, c)
	}
	return job
}
