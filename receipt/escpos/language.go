package escpos

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/receipt/raster"
)

// language is how a printer is told things. There is no command in it that opens
// a drawer.
type language struct {
	start           string // takes back whatever the printer was left in
	page            string // and the number of a code page
	boldOn, boldOff string
	doubleOn        string // twice as wide and high
	doubleOff       string
	centerOn        string
	centerOff       string
	qr, bars        func(text string) []byte
	picture         func(raster.Dots) []byte
	cutPaper        string // what ends a job where there is a knife
	noKnife         string // and where there is none
}

const (
	feed = "\n"
	// barHeight is that of a code's bars, in dots.
	barHeight = 64
)

// epsons is ESC/POS. Commands: Epson's reference; devices.md §4.
var epsons = &language{
	start: "\x1b@" + // ESC @
		"\x1c." + // FS .: no Chinese, for which cheap printers take pairs of letters
		"\x1bR\x00", // ESC R 0: ASCII is ASCII, whatever the printer's switches say
	page:      "\x1bt",
	boldOn:    "\x1bE\x01",
	boldOff:   "\x1bE\x00",
	doubleOn:  "\x1d!\x11",
	doubleOff: "\x1d!\x00",
	centerOn:  "\x1ba\x01",
	centerOff: "\x1ba\x00",
	qr:        epsonQR,
	bars:      epsonBars,
	picture:   epsonPicture,
	cutPaper:  "\x1dVB\x00", // GS V 66 0: feed to the knife, cut but for a point
	noKnife:   "\x1bd\x04",  // ESC d 4: feed beyond the edge to tear at
}

// epsonQR is GS ( k: model 2, dots of four, error correction M, then the text,
// then its print.
func epsonQR(text string) []byte {
	n := len(text) + 3
	return []byte("\x1d(k\x04\x001A2\x00" + "\x1d(k\x03\x001C\x04" + "\x1d(k\x03\x001E1" +
		"\x1d(k" + string([]byte{byte(n), byte(n >> 8)}) + "1P0" + text + "\x1d(k\x03\x001Q0" + feed)
}

// epsonBars is GS k 73, in the letters of set B: pairs of digits in set C would
// be any bytes, DLE EOT among them.
func epsonBars(text string) []byte {
	return []byte("\x1dh" + string(rune(barHeight)) + "\x1dw\x02" + "\x1dH\x00" +
		"\x1dkI" + string(rune(len(text)+2)) + "{B" + text)
}

// epsonPicture is GS v 0.
func epsonPicture(dots raster.Dots) []byte {
	head := []byte{0x1d, 'v', '0', 0, byte(dots.Width), byte(dots.Width >> 8), byte(dots.Height), byte(dots.Height >> 8)}
	return append(head, dots.Bits...)
}

// stars is Star Line Mode, from Star's command specifications (line thermal
// printers, rev. 0.00 on), with receiptline 4.0.4 beside them.
var stars = &language{
	start: "\x1b@" + // ESC @
		"\x1b\x1eF\x00" + // ESC RS F 0: font A
		"\x1bR\x00", // ESC R 0: ASCII is ASCII
	page:      "\x1b\x1dt",
	boldOn:    "\x1bE",
	boldOff:   "\x1bF",
	doubleOn:  "\x1bi\x01\x01",
	doubleOff: "\x1bi\x00\x00",
	centerOn:  "\x1b\x1da\x01",
	centerOff: "\x1b\x1da\x00",
	qr:        starQR,
	bars:      starBars,
	picture:   starPicture,
	cutPaper:  "\x1bd\x03", // ESC d 3: feed to the knife, cut but for a point
	noKnife:   "\x1ba\x04", // ESC a 4: feed four lines
}

// starQR is ESC GS y: model 2, error correction M, dots of four, the text, its
// print.
func starQR(text string) []byte {
	n := len(text)
	return []byte("\x1b\x1dyS0\x02" + "\x1b\x1dyS1\x01" + "\x1b\x1dyS2\x04" +
		"\x1b\x1dyD1\x00" + string([]byte{byte(n), byte(n >> 8)}) + text + "\x1b\x1dyP" + feed)
}

// starBars is ESC b: Code 128, no text below, bars from two dots on.
func starBars(text string) []byte {
	return []byte("\x1bb611" + string(rune(barHeight)) + text + "\x1e")
}

// bandHeight is how many rows of dots ESC k prints at once.
const bandHeight = 24

// starPicture is ESC k, a band after the other, which every Star printer has that
// has Line Mode at all; ESC 0 and ESC z 1 bring their feeds together and apart
// again.
func starPicture(dots raster.Dots) []byte {
	var b strings.Builder
	b.WriteString("\x1b0")
	for row := 0; row < dots.Height; row += bandHeight {
		b.Write([]byte{0x1b, 'k', byte(dots.Width), 0})
		band := dots.Bits[row*dots.Width : min(row+bandHeight, dots.Height)*dots.Width]
		b.Write(band)
		b.Write(make([]byte, bandHeight*dots.Width-len(band)))
		b.WriteString(feed)
	}
	b.WriteString("\x1bz1")
	return []byte(b.String())
}
