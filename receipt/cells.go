package receipt

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Cells returns how many cells of paper a text takes: none for what combines
// with the letter before, two for wide letters (UAX #11), else one.
func Cells(text string) int {
	if isPlain(text) {
		return len(text)
	}
	cells := 0
	for _, r := range text {
		cells += runeCells(r)
	}
	return cells
}

func runeCells(r rune) int {
	if r < 0x7f {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// clean leaves only what can be seen: spaces of all sorts become one kind,
// controls and the invisible (which could turn a line around) go, and bytes
// that are no UTF-8 become U+FFFD.
func clean(text string) string {
	if isPlain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Noncharacter_Code_Point):
			return -1
		}
		return r
	}, text)
}

// isPlain reports whether a text is of ASCII's letters and spaces alone, as most are.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// wrap breaks a clean text into lines of at most so many cells, at spaces
// where there are any.
func wrap(text string, columns int) []string {
	if fits(text, columns) {
		return []string{text}
	}
	var lines []string
	line, cells := "", 0
	for _, word := range strings.Fields(text) {
		wide := Cells(word)
		if line != "" && cells+1+wide <= columns {
			line, cells = line+" "+word, cells+1+wide
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for wide > columns {
			head := cut(word, columns)
			lines = append(lines, head)
			word = word[len(head):]
			wide = Cells(word)
		}
		line, cells = word, wide
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fits reports whether a text stands on one line as it is.
func fits(text string, columns int) bool {
	return text != "" && text[0] != ' ' && text[len(text)-1] != ' ' && !strings.Contains(text, "  ") && isPlain(text) && len(text) <= columns
}

// cut returns as much of the front of a text as fits, with what combines.
func cut(text string, columns int) string {
	cells := 0
	for i, r := range text {
		if cells += runeCells(r); cells > columns {
			return text[:i]
		}
	}
	return text
}
