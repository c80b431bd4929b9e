package sim

import "golang.org/x/text/encoding/charmap"

// charsets are the code tables that ESC t n selects, by Epson's numbers, as far
// as they can be read here.
var charsets = map[byte]*charmap.Charmap{
	0:  charmap.CodePage437,
	2:  charmap.CodePage850,
	3:  charmap.CodePage860,
	4:  charmap.CodePage863,
	5:  charmap.CodePage865,
	16: charmap.Windows1252,
	17: charmap.CodePage866,
	18: charmap.CodePage852,
	19: charmap.CodePage858,
	45: charmap.Windows1250,
	46: charmap.Windows1251,
	47: charmap.Windows1253,
	48: charmap.Windows1254,
	49: charmap.Windows1255,
	50: charmap.Windows1256,
	51: charmap.Windows1257,
	52: charmap.Windows1258,
}

// glyph is what table n shows for b.
func glyph(n, b byte) rune {
	if b < 0x80 {
		return rune(b)
	}
	set, ok := charsets[n]
	if !ok {
		return '\uFFFD'
	}
	return set.DecodeByte(b)
}
