package escpos

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/loyaltyd/loyaltyd/internal/latin"
	"github.com/loyaltyd/loyaltyd/receipt/raster"
)

// unknown stands for a letter nothing is known to spell.
const unknown = '?'

// spell writes a text in letters the printer has: as they are, as the map
// says, or without their marks. What is left is a question mark, never
// another letter.
func (p Profile) spell(text string) string {
	var b strings.Builder
	for _, r := range simplify(text) {
		b.WriteString(p.spellRune(r))
	}
	return b.String()
}

func (p Profile) spellRune(r rune) string {
	if unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) {
		return string(r) // the layout's to clean
	}
	spelled, ok := p.simple(r)
	if ok && (p.Slow || p.has(r) || !unicode.IsLetter(r)) {
		return spelled
	}
	if p.draws(r) {
		return string(r)
	}
	if ok {
		return spelled
	}
	apart, ok := p.apart(r)
	if !ok {
		return string(unknown)
	}
	return apart
}

// apart spells a letter by what it is made of.
func (p Profile) apart(r rune) (string, bool) {
	apart := norm.NFKD.String(string(r))
	if apart == string(r) {
		return "", false
	}
	var b strings.Builder
	for _, part := range apart {
		spelled, ok := p.simple(part)
		if !ok {
			return "", false
		}
		b.WriteString(spelled)
	}
	return b.String(), true
}

// draws reports whether a letter is drawn: one that the printer lacks and the
// font has. On a slow line only what cannot be taken apart into letters that the
// printer has.
func (p Profile) draws(r rune) bool {
	if _, spelled := p.apart(r); p.Slow && spelled {
		return false
	}
	return raster.Has(r)
}

// simplify takes letters for what they are: half and full width, ligatures and
// joined Arabic are the same letters. The micro sign and its like are signs.
func simplify(text string) string {
	text = norm.NFC.String(text)
	if !strings.ContainsFunc(text, isForm) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isForm(r) {
			b.WriteString(norm.NFKC.String(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isForm(r rune) bool {
	return r > unicode.MaxLatin1 && unicode.IsLetter(r) && !norm.NFKC.IsNormalString(string(r))
}

// simple spells what needs no taking apart; a mark alone is left out.
func (p Profile) simple(r rune) (string, bool) {
	if unicode.Is(unicode.Mn, r) {
		return "", true
	}
	if p.has(r) {
		return string(r), true
	}
	if base, ok := bases[r]; ok && p.has(base) {
		return string(base), true
	}
	if spelled, ok := spellings[r]; ok {
		return spelled, true
	}
	return latin.European(r)
}

func (p Profile) has(r rune) bool {
	for _, page := range p.pages {
		if _, ok := page.code(r); ok {
			return true
		}
	}
	return false
}
