// Package escpos turns a receipt into bytes for a receipt printer, in ESC/POS or
// in Star Line Mode.
//
// Only the commands named here hold bytes below 0x20; what comes from an entry
// is spelled in the printer's letters first, or drawn, so that no name, article
// or note can command the printer.
package escpos

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/receipt/raster"
)

// Paper is what can be printed: a receipt or a slip.
type Paper interface {
	// LayoutIn lays it out for so many columns, in the letters that spell
	// leaves.
	LayoutIn(columns int, spell func(string) string) []receipt.Line
}

// Bytes returns a paper as one job. It begins by taking back whatever the
// printer was left in, and ends with the cut, or the feed where there is no
// knife.
func (p Profile) Bytes(paper Paper) []byte {
	j := &job{Profile: p}
	j.put(p.start)
	j.choose(0)
	for _, line := range paper.LayoutIn(p.Columns, p.spell) {
		switch {
		case line.Code != "":
			j.code(plain(line.Code), p.qr, p.language.qr, raster.QR)
		case line.Bars != "":
			j.code(plain(line.Bars), p.knowsBars, p.bars, raster.Bars)
		case p.prints(line):
			j.line(line)
		default:
			j.draw(line)
		}
	}
	if p.cuts {
		j.put(p.cutPaper)
	} else {
		j.put(p.noKnife)
	}
	return j.bytes
}

// job collects bytes and knows what the printer was told.
type job struct {
	Profile
	chosen int // of pages
	bytes  []byte
}

func (j *job) put(command string) { j.bytes = append(j.bytes, command...) }

func (j *job) choose(page int) {
	j.chosen = page
	j.put(j.page)
	j.bytes = append(j.bytes, j.pages[page].number)
}

func (j *job) line(line receipt.Line) {
	columns := j.Columns
	if line.Bold {
		j.put(j.boldOn)
	}
	if line.Double {
		j.put(j.doubleOn)
		columns /= 2
	}
	// Without spaces at the end: some printers feed twice after a full line.
	for _, r := range strings.TrimRight(line.Text(columns), " ") {
		j.letter(r)
	}
	if line.Double {
		j.put(j.doubleOff)
	}
	if line.Bold {
		j.put(j.boldOff)
	}
	j.put(feed)
}

// letter prints one letter, from the chosen page if it is there.
func (j *job) letter(r rune) {
	if c, ok := j.pages[j.chosen].code(r); ok {
		j.bytes = append(j.bytes, c)
		return
	}
	for i, page := range j.pages {
		if c, ok := page.code(r); ok {
			j.choose(i)
			j.bytes = append(j.bytes, c)
			return
		}
	}
	j.bytes = append(j.bytes, unknown)
}

// prints reports whether the printer has every letter of a line.
func (p Profile) prints(line receipt.Line) bool {
	lacks := func(r rune) bool { return r != ' ' && !p.has(r) }
	return !strings.ContainsFunc(line.Left+line.Right, lacks)
}

// draw prints a line as a picture.
func (j *job) draw(line receipt.Line) {
	text := raster.Text{Left: line.Left, Right: line.Right, Center: line.Center, Bold: line.Bold, Double: line.Double,
		Columns: j.Columns, Face: j.Face}
	j.bytes = append(j.bytes, j.picture(text.Draw())...)
}

// code prints a code for scanners in the middle of the paper: as the printer
// makes it, or drawn. One that does not fit on the paper is left out; what it
// says stands beside it in letters.
func (j *job) code(text string, knows bool, tell func(string) []byte, draw func(string, int) (raster.Dots, error)) {
	if knows {
		j.put(j.centerOn)
		j.bytes = append(j.bytes, tell(text)...)
		j.put(j.centerOff)
		return
	}
	if dots, err := draw(text, j.Columns); err == nil {
		j.bytes = append(j.bytes, j.picture(dots)...)
	}
}

// plain leaves of a code's text what cannot command a printer: capital letters,
// digits and dashes, which ours are made of.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r == '-' {
			return r
		}
		return -1
	}, text)
}
