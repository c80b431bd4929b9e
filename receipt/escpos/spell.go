package escpos

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// unknown stands for a letter nothing is known to spell.
const unknown = '?'

// spell writes a text in letters the printer has: as they are, as the map
// says, or without their marks. What is left is a question mark, never
// another letter.
func (p Profile) spell(text string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		b.WriteString(p.spellRune(r))
	}
	return b.String()
}

func (p Profile) spellRune(r rune) string {
	if unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) {
		return string(r) // the layout's to clean
	}
	if spelled, ok := p.simple(r); ok {
		return spelled
	}
	apart := norm.NFKD.String(string(r))
	if apart == string(r) {
		return string(unknown)
	}
	var b strings.Builder
	for _, part := range apart {
		spelled, ok := p.simple(part)
		if !ok {
			return string(unknown)
		}
		b.WriteString(spelled)
	}
	return b.String()
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
	spelled, ok := spellings[r]
	return spelled, ok
}

func (p Profile) has(r rune) bool {
	for _, page := range p.pages {
		if _, ok := page.code(r); ok {
			return true
		}
	}
	return false
}
