// Package escpos turns a receipt into bytes for an ESC/POS printer.
//
// Only the commands named here hold bytes below 0x20; what comes from an entry
// is spelled in the printer's letters first, so that no name, article or note
// can command the printer. Commands: Epson ESC/POS; devices.md §4.
package escpos

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/receipt"
)

// The commands a receipt is made of. There is none that opens a drawer.
const (
	initialize = "\x1b@"     // ESC @
	singleByte = "\x1c."     // FS .: no Chinese, for which cheap printers take pairs of letters
	american   = "\x1bR\x00" // ESC R 0: ASCII is ASCII, whatever the printer's switches say
	choosePage = "\x1bt"     // ESC t, and the number of a code page
	boldOn     = "\x1bE\x01" // ESC E
	boldOff    = "\x1bE\x00"
	doubleOn   = "\x1d!\x11" // GS !: twice as wide and high
	doubleOff  = "\x1d!\x00"
	feed       = "\n"
	cutPaper   = "\x1dVB\x00" // GS V 66 0: feed to the knife, cut but for a point
	feedPaper  = "\x1bd\x04"  // ESC d 4: feed beyond the edge to tear at
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
	j := &job{pages: p.pages}
	j.put(initialize + singleByte + american)
	j.choose(0)
	for _, line := range paper.LayoutIn(p.Columns, p.spell) {
		if line.Code != "" {
			if p.qr {
				j.code(line.Code)
			}
			continue
		}
		j.line(line, p.Columns)
	}
	j.put(p.end)
	return j.bytes
}

// job collects bytes and knows what the printer was told.
type job struct {
	pages []numbered
	page  int // the one chosen
	bytes []byte
}

func (j *job) put(command string) { j.bytes = append(j.bytes, command...) }

func (j *job) choose(page int) {
	j.page = page
	j.put(choosePage)
	j.bytes = append(j.bytes, j.pages[page].number)
}

func (j *job) line(line receipt.Line, columns int) {
	if line.Bold {
		j.put(boldOn)
	}
	if line.Double {
		j.put(doubleOn)
		columns /= 2
	}
	// Without spaces at the end: some printers feed twice after a full line.
	for _, r := range strings.TrimRight(line.Text(columns), " ") {
		j.letter(r)
	}
	if line.Double {
		j.put(doubleOff)
	}
	if line.Bold {
		j.put(boldOff)
	}
	j.put(feed)
}

// The commands of a QR code, GS ( k: model 2, dots of four, error correction M,
// then its text, then its print; in the middle of the paper.
const (
	centerOn  = "\x1ba\x01" // ESC a
	centerOff = "\x1ba\x00"
	qrModel   = "\x1d(k\x04\x001A2\x00"
	qrSize    = "\x1d(k\x03\x001C\x04"
	qrLevel   = "\x1d(k\x03\x001E1"
	qrPrint   = "\x1d(k\x03\x001Q0"
)

// code prints a code for scanners. Whatever is no capital letter, digit or dash
// is left out, so that its text cannot command the printer.
func (j *job) code(text string) {
	var plain []byte
	for _, c := range []byte(text) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '-' {
			plain = append(plain, c)
		}
	}
	n := len(plain) + 3
	j.put(centerOn + qrModel + qrSize + qrLevel)
	j.put("\x1d(k" + string([]byte{byte(n), byte(n >> 8)}) + "1P0" + string(plain))
	j.put(qrPrint + feed + centerOff)
}

// letter prints one letter, from the chosen page if it is there.
func (j *job) letter(r rune) {
	if c, ok := j.pages[j.page].code(r); ok {
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
