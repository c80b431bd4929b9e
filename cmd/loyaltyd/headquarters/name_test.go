package headquarters

import (
	"strings"
	"testing"
)

// A till or store is called what people can see and tills can print.
func TestNamed(t *testing.T) {
	for name, want := range map[string]string{
		" Till  1 ": "Till 1", "Çarşı": "Çarşı", "東京レジ": "東京レジ", "مُحَمَّد": "مُحَمَّد", "a\nb": "a b", "": "",
		"a\x1b[31m": "!", "a\u202eb": "!", "a\x00b": "!", "a\xff": "!", strings.Repeat("x", 65): "!", strings.Repeat("ş", 64): strings.Repeat("ş", 64),
	} {
		got, err := named("--name", name)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q is %q (%v), want %q", name, got, err, want)
		}
	}
}
