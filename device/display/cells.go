package display

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/internal/latin"
)

// The display has Rows lines of Columns cells.
const (
	Rows    = 2
	Columns = 20
)

// Cells is what the display shows, in bytes of its character set; none is a
// control byte.
type Cells [Rows][Columns]byte

// Blank returns cells that show nothing.
func Blank() Cells { return Layout("", "", ASCII) }

// Layout puts each line into its cells from the left, one cell per character.
// What does not fit is cut off. A character that set lacks becomes the nearest
// it has, without its accents, Latin letters that spell it, or a question mark; a control character becomes a
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
		for _, b := range set.show(r) {
			if !give(b) {
				return
			}
		}
	}
}

// show is what r shows as: its cell, or the Latin letters it is spelled with.
func (set CharacterSet) show(r rune) []byte {
	if _, ok := set.encode(r); !ok {
		if spelled, ok := latin.Spell(r); ok {
			return []byte(spelled)
		}
	}
	return []byte{set.cell(r)}
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
