package display_test

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/device/display"
)

func everySet(t *testing.T) (all []display.CharacterSet) {
	for _, name := range display.SetNames() {
		set, err := display.SetNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, set)
	}
	return all
}

// A set that is none is told with those there are.
func TestSetNamed(t *testing.T) {
	if _, err := display.SetNamed("cp857"); err == nil || !strings.Contains(err.Error(), `"wpc1254"`) {
		t.Errorf("got %v", err)
	}
}

func line(cells display.Cells, y int) string { return string(cells[y][:]) }

// pad is text in 20 cells.
func pad(text string) string { return text + strings.Repeat(" ", 20-len(text)) }

// Each character takes one cell and shows as the nearest the set has.
func TestLayout(t *testing.T) {
	for _, c := range []struct {
		set  display.CharacterSet
		text string
		want string
	}{
		{display.PC437, "", ""},
		{display.PC437, "HELLO", "HELLO"},
		{display.PC437, "  right", "  right"},
		{display.PC437, "123456789012345678901234", "12345678901234567890"},
		{display.PC437, "çok şık ĞÜMÜŞ İğne ı", "\x87ok sik G\x9aM\x9aS Igne i"},
		{display.PC850, "Ãção ş", "\xc7\x87\xc6o s"},
		{display.PC437, "Ãção ş", "A\x87ao s"},
		{display.ASCII, "çok şık ĞÜMÜŞ İğne ı", "cok sik GUMUS Igne i"},
		{display.PC437, "e\u0301\u0301", "\x82"}, // composes, and one accent too many
		{display.PC437, "\u0301a", "a"},          // composes with nothing
		{display.PC437, "ế ﬁ ５", "e f 5"},        // all accents go, and forms of width
		{display.PC437, "5 € „a“ – b…", "5 E \"a\" - b."},
		{display.PC437, "漢字 ب 👍", "?? b ?"},
		{display.PC437, "سكر 한국 すし Щука", "skr hanguk sushi Shc"},
		{display.PC866, "Чай 5", "\x97\xa0\xa9 5"},
		{display.WPC1254, "şık İĞ ₺", "\xfe\xfdk \xdd\xd0 T"},
		{display.PC852, "Łódź ş", "\x9d\xa2d\xab \xad"},
		{display.PC437, "a\u200db\ufeffc", "abc"}, // no characters
		{display.PC437, "a\u00a0b", "a b"},        // no-break space
		{display.PC437, "bad \xff utf-8", "bad ? utf-8"},
		{display.PC437, "a\x1b@\x0c\x1f\x02\x7f\x00\r\n\tb\u0085c", "a @        b c"},
	} {
		cells := display.Layout(c.text, c.text, c.set)
		for y := range 2 {
			if got := line(cells, y); got != pad(c.want) {
				t.Errorf("set %d, line %d: %q shows as %q, want %q", c.set, y, c.text, got, pad(c.want))
			}
		}
	}
}

// No text puts a control byte into a cell, or anything beyond ASCII where only
// that is known.
func FuzzLayout(f *testing.F) {
	for _, seed := range []string{"PUAN 120", "şğıİ", "\x1b@\x1f\x02\x7f", "e\u0301", "\xff\xfe", "漢字👍", "ﷺ"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, upper, lower string) {
		for _, set := range everySet(t) {
			for _, cells := range display.Layout(upper, lower, set) {
				for x, b := range cells {
					if b < 0x20 || b == 0x7f || set == display.ASCII && b > 0x7f {
						t.Fatalf("set %d: cell %d of %q, %q holds %#x", set, x, upper, lower, b)
					}
				}
			}
		}
	})
}
