package raster

import (
	"image"
	"unicode"

	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/language"
	"golang.org/x/text/width"
)

const (
	// CellWidth is the width of a letter in dots.
	CellWidth = half * scale
	// LineHeight is that of a line of text, with what is between lines.
	LineHeight = rows * scale

	half   = 6  // of the font, in its own dots
	rows   = 16 // of a line
	ascent = 12
	scale  = 2
)

// Face is of which language the Chinese characters look.
type Face int

// The faces. Japan's is also for all that is not Chinese.
const (
	Japanese Face = iota
	Simplified
	Traditional
)

func (f Face) font() font.Face {
	switch f {
	case Simplified:
		return bitmapfont.FaceSC
	case Traditional:
		return bitmapfont.FaceTC
	}
	return bitmapfont.Face
}

// Has reports whether a letter can be drawn so that its readers take it for
// right. Letters that join or move by rules which are not known here cannot:
// those of India and of South-East Asia.
func Has(r rune) bool {
	if unicode.In(r, unshaped...) || unicode.IsMark(r) {
		return false
	}
	bounds, mask, at, _, ok := bitmapfont.Face.Glyph(fixed.P(0, ascent), r)
	return ok && inked(bounds, mask, at)
}

var unshaped = []*unicode.RangeTable{
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
	unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Lao, unicode.Myanmar, unicode.Tibetan,
	unicode.Mongolian, unicode.Syriac,
}

// inked tells a letter from the blank that stands where the font has none.
func inked(bounds image.Rectangle, mask image.Image, at image.Point) bool {
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			if _, _, _, alpha := mask.At(at.X+x, at.Y+y).RGBA(); alpha > 0 {
				return true
			}
		}
	}
	return false
}

// Text is a line to draw: what stands left and right of it, and how.
type Text struct {
	Left, Right  string
	Center       bool // Left in the middle
	Bold, Double bool
	Columns      int // cells of the paper
	Face         Face
}

// Draw draws the line, Arabic joined and from right to left.
func (t Text) Draw() Dots {
	size := scale
	if t.Double {
		size *= 2
	}
	dots := newDots(t.Columns*CellWidth, rows*size)
	pen := pen{dots, t.Face.font(), size, t.Bold}
	left, right := shaped(t.Left), shaped(t.Right)
	x := 0
	if t.Center {
		x = (t.Columns*CellWidth/size - wide(left)) / 2
	}
	pen.write(max(x, 0), left)
	pen.write(t.Columns*CellWidth/size-wide(right), right)
	return dots
}

// shaped is a text from left to right, in forms that are drawn one by one.
func shaped(text string) []rune {
	if text == "" {
		return nil
	}
	return []rune(bitmapfont.PresentationForms(text, bitmapfont.DirectionLeftToRight, language.Und))
}

// wide is how many of the font's dots a text takes.
func wide(text []rune) int {
	dots := 0
	for _, r := range text {
		dots += advance(r)
	}
	if len(text) > 0 && tailed(text[0]) {
		dots += half
	}
	return dots
}

// tailed are the Arabic letters that end a word in two cells: the second one lies
// below what stands to their left, which is a space or nothing.
func tailed(r rune) bool {
	switch r {
	case '\ufeb1', '\ufeb2', '\ufeb5', '\ufeb6', '\ufeb9', '\ufeba', '\ufebd', '\ufebe':
		return true
	}
	return false
}

// advance follows what a layout counts as cells. Marks are not among what is
// drawn.
func advance(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2 * half
	}
	return half
}

// pen writes into dots, at places in the font's own.
type pen struct {
	Dots
	face font.Face
	size int
	bold bool
}

func (p pen) write(x int, text []rune) {
	if len(text) > 0 && tailed(text[0]) {
		x += half
	}
	for _, r := range text {
		at := x
		if tailed(r) {
			at -= half
		}
		p.letter(at, r)
		x += advance(r)
	}
}

func (p pen) letter(x int, r rune) {
	bounds, mask, at, _, ok := p.face.Glyph(fixed.P(x, ascent), r)
	if !ok {
		return
	}
	thick := p.size
	if p.bold {
		thick *= 2
	}
	for dy := range bounds.Dy() {
		for dx := range bounds.Dx() {
			if _, _, _, alpha := mask.At(at.X+dx, at.Y+dy).RGBA(); alpha > 0 {
				p.fill((bounds.Min.X+dx)*p.size, (bounds.Min.Y+dy)*p.size, thick, p.size)
			}
		}
	}
}
