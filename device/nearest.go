package device

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Nearest returns a simpler character that r may be shown as where a device does
// not have it: the letter without one of its accents, or what looks like it.
// Applied again and again it ends with ASCII, or with nothing.
func Nearest(r rune) (rune, bool) {
	if b, ok := lookalikes[r]; ok {
		return rune(b), true
	}
	base, n := utf8.DecodeRuneInString(norm.NFKD.String(string(r)))
	return base, base != r && n > 0
}

// lookalikes are letters that do not decompose, and the signs a till prints.
var lookalikes = map[rune]byte{
	'ı': 'i', 'ß': 's', 'ẞ': 'S', 'ø': 'o', 'Ø': 'O', 'ł': 'l', 'Ł': 'L',
	'đ': 'd', 'Đ': 'D', 'ð': 'd', 'Ð': 'D', 'þ': 't', 'Þ': 'T', 'æ': 'a', 'Æ': 'A',
	'œ': 'o', 'Œ': 'O', 'ħ': 'h', 'Ħ': 'H', 'ŋ': 'n', 'Ŋ': 'N', 'ə': 'e', 'Ə': 'E',
	'‘': '\'', '’': '\'', '‚': ',', '‹': '<', '›': '>',
	'“': '"', '”': '"', '„': '"', '«': '"', '»': '"',
	'–': '-', '—': '-', '−': '-', '‐': '-', '‑': '-',
	'…': '.', '•': '*', '·': '.', '×': 'x', '€': 'E', '₺': 'T', '£': 'L', '¥': 'Y',
}
