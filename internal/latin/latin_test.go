package latin_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/loyaltyd/loyaltyd/internal/latin"
)

// Names are spelled so that whoever reads says them.
func TestSpell(t *testing.T) {
	for text, want := range map[string]string{
		"Щёкино": "Shchekino", "Њујорк": "Njujork", "Қазақ": "Qazaq", "Їжак": "Izhak", "Ελιές": "Elies", "Ψάρι": "Psari",
		"سلام": "slam", "שלום": "shlvm", "さくら": "sakura", "サクラ": "sakura", "한글": "hangeul",
	} {
		var b strings.Builder
		for _, r := range text {
			spelled, ok := latin.Spell(r)
			if !ok {
				t.Errorf("%q of %s has no spelling", r, text)
			}
			b.WriteString(spelled)
		}
		if b.String() != want {
			t.Errorf("%s is spelled %s, want %s", text, b.String(), want)
		}
	}
	for _, r := range "aÖ字€" {
		if spelled, ok := latin.Spell(r); ok {
			t.Errorf("%q is spelled %q", r, spelled)
		}
	}
}

// What is European is spelled in ASCII, and as Spell does; what is spelled by sound is
// none of it.
func TestEuropean(t *testing.T) {
	n := 0
	for r := rune(0); r < 0x3000; r++ {
		spelled, ok := latin.European(r)
		if !ok {
			continue
		}
		n++
		if all, _ := latin.Spell(r); all != spelled || strings.ContainsFunc(spelled, func(r rune) bool { return r > unicode.MaxASCII }) || !unicode.In(r, unicode.Cyrillic, unicode.Greek) {
			t.Errorf("%q is spelled %q, and %q", r, spelled, all)
		}
	}
	if n < 150 {
		t.Errorf("%d letters are spelled", n)
	}
}
