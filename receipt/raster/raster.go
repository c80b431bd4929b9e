// Package raster draws what a printer has no letters for: lines of text in a
// bitmap font, QR codes and Code 128, as rows of dots.
//
// The font is bitmapfont (misc-fixed, M+, Baekmuk, Ark Pixel and an Arabic one,
// all of licenses that let it be shipped): 6×13 dots for a letter and 12×13 for a
// wide one, drawn at twice their size, which is a cell of a receipt printer's
// font A. It is unpacked at the first line that is drawn, 1.5 MB of memory.
package raster

// Dots is a picture in rows of bytes, the leftmost dot the highest bit. Every dot
// comes twice beside itself, at even places: so no byte of it is DLE, by which a
// printer in the midst of a picture would take what follows for a command.
type Dots struct {
	Width  int // in bytes
	Height int
	Bits   []byte // Width × Height
}

func newDots(width, height int) Dots {
	bytes := (width + 7) / 8
	return Dots{bytes, height, make([]byte, bytes*height)}
}

// fill blackens a rectangle; what is outside of the picture is left out.
func (d Dots) fill(x, y, width, height int) {
	for row := max(y, 0); row < min(y+height, d.Height); row++ {
		for dot := max(x, 0); dot < min(x+width, d.Width*8); dot++ {
			d.Bits[row*d.Width+dot/8] |= 0x80 >> (dot % 8)
		}
	}
}
