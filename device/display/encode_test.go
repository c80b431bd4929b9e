package display_test

import (
	"math/rand/v2"
	"testing"

	"github.com/loyaltyd/loyaltyd/device/display"
)

func cells(upper, lower string) display.Cells {
	return display.Layout(upper, lower, display.PC437)
}

// Only what changed is sent, and near changes share a move.
func TestEncode(t *testing.T) {
	for name, c := range map[string]struct {
		from, to display.Cells
		want     string
	}{
		"nothing":       {cells("A", "B"), cells("A", "B"), ""},
		"one cell":      {cells("TOTAL 5", ""), cells("TOTAL 6", ""), "\x1f$\x07\x016"},
		"last cell":     {cells("", ""), cells("", "                   X"), "\x1f$\x14\x02X"},
		"erasing":       {cells("LONG", ""), cells("L", ""), "\x1f$\x02\x01   "},
		"gap of four":   {cells("a1234b", ""), cells("x1234y", ""), "\x1f$\x01\x01x1234y"},
		"gap of five":   {cells("a12345b", ""), cells("x12345y", ""), "\x1f$\x01\x01x\x1f$\x07\x01y"},
		"end and begin": {cells("                   a", "b"), cells("                   x", "y"), "\x1f$\x14\x01x\x1f$\x01\x02y"},
	} {
		if got := string(display.Epson.Encode(nil, &c.from, &c.to)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The protocols differ in nothing but the move.
func TestEncodeCD5220(t *testing.T) {
	from, to := cells("TOTAL 5", "A"), cells("TOTAL 6", "")
	if got := string(display.CD5220.Encode(nil, &from, &to)); got != "\x1bl\x07\x016\x1bl\x01\x02 " {
		t.Errorf("got %q", got)
	}
}

// Logic Controls' moves are short, so that fewer cells are sent for nothing.
func TestEncodeLogicControls(t *testing.T) {
	from, to := cells("a123b", "A"), cells("x123y", "")
	for _, p := range []display.Protocol{display.LogicControls, display.UTC} {
		if got := string(p.Encode(nil, &from, &to)); got != "\x10\x00x\x10\x04y\x10\x14 " {
			t.Errorf("got %q", got)
		}
	}
}

// Aedex writes lines, those that changed.
func TestEncodeAedex(t *testing.T) {
	from, to := cells("TOTAL 5", "A"), cells("TOTAL 5", "B")
	if got := string(display.Aedex.Encode(nil, &from, &to)); got != "!#2"+pad("B")+"\r" {
		t.Errorf("got %q", got)
	}
}

// apply is what a display that shows cells shows after bytes of Encode.
func apply(t *testing.T, shown display.Cells, bytes []byte) display.Cells {
	t.Helper()
	x, y := 0, 0
	for i := 0; i < len(bytes); i++ {
		if bytes[i] == 0x1f {
			x, y = int(bytes[i+2])-1, int(bytes[i+3])-1
			i += 3
			continue
		}
		if bytes[i] < 0x20 || x >= display.Columns {
			t.Fatalf("byte %d of %q is wrong at cell %d", i, bytes, x)
		}
		shown[y][x] = bytes[i]
		x++
	}
	return shown
}

// fewest is the length of the shortest encoding of one line: of each suffix,
// with the cursor already there or not.
func fewest(from, to [display.Columns]byte) int {
	const far = 1 << 20
	here, away := 0, 0
	for x := display.Columns - 1; x >= 0; x-- {
		write := 1 + here
		skip := away
		if from[x] != to[x] {
			skip = far
		}
		here = min(write, skip)
		away = min(4+write, skip)
	}
	return away
}

// Any change of the display is sent whole, and in the fewest bytes.
func TestEncodeIsWholeAndMinimal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		from, to := display.Blank(), display.Blank()
		for y := range to {
			for x := range to[y] {
				from[y][x] = 'a' + byte(random.IntN(3))
				to[y][x] = from[y][x]
				if random.IntN(4) == 0 {
					to[y][x] = 'x'
				}
			}
		}
		bytes := display.Epson.Encode(nil, &from, &to)
		if got := apply(t, from, bytes); got != to {
			t.Fatalf("%q makes %q from %q, want %q", bytes, got, from, to)
		}
		if want := fewest(from[0], to[0]) + fewest(from[1], to[1]); len(bytes) != want {
			t.Fatalf("%q has %d bytes, %d are enough", bytes, len(bytes), want)
		}
	}
}

// One keyed amount to the next; it should not allocate.
func BenchmarkEncode(b *testing.B) {
	from, to := cells("AMOUNT", "            1,234.50"), cells("AMOUNT", "           12,345.06")
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = display.Epson.Encode(buf[:0], &from, &to)
	}
}

// Text to cells, as Show does for every text.
func BenchmarkLayout(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		display.Layout("Hoş geldin Ayşe", "120 puan", display.PC437)
	}
}
