package main

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/receipt/raster"
)

// What raster draws: modules of four dots, on paper of 48 columns.
const (
	columns    = 48
	moduleDots = 4
	quiet      = 4 // modules around the code
)

// draw makes a QR code of half blocks, two modules above each other in each, for a
// terminal with light letters on a dark ground.
func draw(text string) (string, error) {
	dots, err := raster.QR(text, columns)
	if err != nil {
		return "", err
	}
	left := 0
	for !isBlack(dots, left, 0) { // up to the corner of its first finder
		left++
	}
	size := dots.Height / moduleDots
	light := func(x, y int) bool {
		inside := x >= 0 && y >= 0 && x < size && y < size
		return !inside || !isBlack(dots, left+x*moduleDots, y*moduleDots)
	}
	var b strings.Builder
	for y := -quiet; y < size+quiet; y += 2 {
		for x := -quiet; x < size+quiet; x++ {
			b.WriteString(half(light(x, y), light(x, y+1)))
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func isBlack(dots raster.Dots, x, y int) bool { return dots.Bits[y*dots.Width+x/8]&(0x80>>(x%8)) != 0 }

// half is two modules above each other, the light ones in the letters' color.
func half(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
