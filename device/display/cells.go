package display

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/loyaltyd/loyaltyd/device"
)

// The display has Rows lines of Columns cells.
const (
	Rows    = 2
	Columns = 20
)

// Cells is what the display shows, in bytes of its character set; none is a
// control byte.
type Cells [Rows][Columns]byte

// CharacterSet is what the display can show beyond ASCII.
type CharacterSet byte

// The character sets, each with its number for ESC t.
const (
	PC437 CharacterSet = iota // the default of nearly every display
	PC850
	ASCII // only ASCII is sent: for a display whose tables are unknown
)

// Blank returns cells that show nothing.
func Blank() Cells { return Layout("", "", ASCII) }

// Layout puts each line into its cells from the left, one cell per character.
// What does not fit is cut off. A character that set lacks becomes the nearest
// it has, without its accents, or a question mark; a control character becomes a
// space, so that no text can command the display.
func Layout(upper, lower string, set CharacterSet) Cells {
	return Cells{layoutLine(upper, set), layoutLine(lower, set)}
}

func layoutLine(text string, set CharacterSet) (cells [Columns]byte) {
	for x := range cells {
		cells[x] = ' '
	}
	x := 0
	eachCell(text, set, func(b byte) bool {
		cells[x] = b
		x++
		return x < Columns
	})
	return cells
}

// eachCell gives the cells of a text until one is not wanted any more.
func eachCell(text string, set CharacterSet, give func(byte) bool) {
	for _, r := range norm.NFC.String(text) {
		if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			continue // an accent that composes with nothing, or no character at all
		}
		if !give(set.cell(r)) {
			return
		}
	}
}

// cell is what r shows as.
func (set CharacterSet) cell(r rune) byte {
	if r == utf8.RuneError {
		return '?'
	}
	if unicode.IsControl(r) || unicode.IsSpace(r) {
		return ' '
	}
	if b, ok := set.encode(r); ok {
		return b
	}
	near, ok := device.Nearest(r)
	if !ok {
		return '?'
	}
	return set.cell(near)
}

// encode is r's own byte in set, if it has one that is not a control byte.
func (set CharacterSet) encode(r rune) (byte, bool) {
	if r < utf8.RuneSelf {
		return byte(r), r >= 0x20 && r != 0x7f
	}
	switch set {
	case PC437:
		return charmap.CodePage437.EncodeRune(r)
	case PC850:
		return charmap.CodePage850.EncodeRune(r)
	}
	return 0, false
}

// table is set's number for ESC t. ASCII is the lower half of all tables.
func (set CharacterSet) table() byte {
	if set == PC850 {
		return 2
	}
	return 0
}
