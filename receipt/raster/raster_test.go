package raster_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/receipt/raster"
)

// No byte of a picture is a command's or a line feed, whatever is drawn: a printer
// obeys DLE even in the midst of a picture.
func TestNoCommandInPictures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := raster.Text{
			Left: rapid.String().Draw(t, "left"), Right: rapid.StringMatching(`[سشصضلا 가-힣漢字0-9.,]{0,20}`).Draw(t, "right"),
			Center: rapid.Bool().Draw(t, "center"), Bold: rapid.Bool().Draw(t, "bold"), Double: rapid.Bool().Draw(t, "double"),
			Columns: rapid.IntRange(16, 64).Draw(t, "columns"), Face: raster.Face(rapid.IntRange(0, 2).Draw(t, "face")),
		}
		code, err := raster.QR(rapid.StringMatching(`[A-Z0-9-]{1,70}`).Draw(t, "code"), 42)
		if err != nil {
			t.Fatal(err)
		}
		bars, err := raster.Bars(rapid.StringMatching(`[0-9]{8,9}`).Draw(t, "number"), 32)
		if err != nil {
			t.Fatal(err)
		}
		for _, dots := range []raster.Dots{text.Draw(), code, bars} {
			if len(dots.Bits) != dots.Width*dots.Height || bytes.ContainsAny(dots.Bits, "\x10\x0a\x1b\x1d\x05\x04\x07") {
				t.Fatalf("%d×%d dots: %x", dots.Width, dots.Height, dots.Bits)
			}
		}
	})
}

// What is wider than its paper is not drawn.
func TestTooWide(t *testing.T) {
	if _, err := raster.Bars("123456789012345678901234567890", 16); err == nil {
		t.Error("bars on paper of 16 cells")
	}
}

// What cannot be drawn right is not drawn: letters that join by rules, and what
// the font lacks.
func TestHas(t *testing.T) {
	for _, r := range "aşğıİЖΩ漢字한かァعﺲא" {
		if !raster.Has(r) {
			t.Errorf("%c cannot be drawn", r)
		}
	}
	for _, r := range "अবไ😀\u0301\u064e" {
		if raster.Has(r) {
			t.Errorf("%U is drawn", r)
		}
	}
}
