package raster

import (
	"fmt"
	"image"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

const (
	moduleDots = 4 // of a QR code's modules: half a millimeter
	barDots    = 2 // of a thinnest bar
	barHeight  = 64
	quietBars  = 10 // blank modules beside bars
	quietDots  = 4  // modules around a QR code
)

// QR draws a QR code of error correction M, in the middle of paper of so many
// cells. What is wider than the paper is an error.
func QR(text string, columns int) (Dots, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return Dots{}, fmt.Errorf("draw QR code: %w", err)
	}
	return draw(code, moduleDots, moduleDots, quietDots, columns)
}

// Bars draws Code 128 likewise.
func Bars(text string, columns int) (Dots, error) {
	code, err := code128.Encode(text)
	if err != nil {
		return Dots{}, fmt.Errorf("draw Code 128: %w", err)
	}
	return draw(code, barDots, barHeight, quietBars, columns)
}

// draw makes modules of a code so many dots wide and high.
func draw(code barcode.Barcode, width, height, quiet, columns int) (Dots, error) {
	size := code.Bounds().Size()
	paper := columns * CellWidth
	left := (paper - size.X*width) / 2 &^ 1 // an even place, see Dots
	if left < quiet*width {
		return Dots{}, fmt.Errorf("draw code: %d dots and its margins do not fit on paper of %d", size.X*width, paper)
	}
	dots := newDots(paper, size.Y*height)
	for y := range size.Y {
		for x := range size.X {
			if black(code, x, y) {
				dots.fill(left+x*width, y*height, width, height)
			}
		}
	}
	return dots, nil
}

func black(code image.Image, x, y int) bool {
	r, _, _, _ := code.At(x, y).RGBA()
	return r == 0
}
