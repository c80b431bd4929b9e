package condition

import (
	"fmt"
	"strings"
	"unicode"
)

// source is a condition's text by characters, as the library counts.
type source []rune

// fail says what is wrong at a place.
func (s source) fail(at int, format string, args ...any) *Problem {
	at = min(max(at, 0), len(s))
	before := string(s[:at])
	return &Problem{
		Line:   1 + strings.Count(before, "\n"),
		Column: 1 + at - len([]rune(before[:strings.LastIndex(before, "\n")+1])),
		Text:   fmt.Sprintf(format, args...),
	}
}

// skip returns the first place from at on that is no space.
func (s source) skip(at int) int {
	for at < len(s) && unicode.IsSpace(s[at]) {
		at++
	}
	return at
}

// word returns the letters and digits from a place on.
func (s source) word(at int) string {
	end := at
	for end < len(s) && isWord(s[end]) {
		end++
	}
	return string(s[at:end])
}

// number returns the number that is written at a place.
func (s source) number(at int) string {
	end := at
	for end < len(s) && (isWord(s[end]) || s[end] == '.' || (s[end] == '-' && end == at)) {
		end++
	}
	return string(s[at:end])
}

// wordBefore returns the word that ends before a place, spaces aside, and
// where it begins.
func (s source) wordBefore(at int) (word string, begin int) {
	for at > 0 && unicode.IsSpace(s[at-1]) {
		at--
	}
	begin = at
	for begin > 0 && isWord(s[begin-1]) {
		begin--
	}
	return string(s[begin:at]), begin
}

// plainQuote says that a text in one pair of quotes begins at a place: neither
// a raw one nor one in three pairs, which nobody needs here.
func (s source) plainQuote(at int) bool {
	quote := s[at]
	if quote != '"' && quote != '\'' {
		return false
	}
	return at+2 >= len(s) || s[at+1] != quote || s[at+2] != quote
}

// at finds the place of a line (from 1) and column (from 0).
func (s source) at(line, column int) int {
	at := 0
	for ; line > 1 && at < len(s); at++ {
		if s[at] == '\n' {
			line--
		}
	}
	return at + column
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
