package condition

import (
	"fmt"
	"strings"
	"unicode"
)

// syntaxAdvice says what is wrong at a place where the library could read no
// further. It looks at the text alone: what the library expected there is a
// list of its own words.
func syntaxAdvice(s source, at int) (place int, advice string) {
	at = s.skip(min(at, len(s)))
	if before, begin := s.wordBefore(at); foreignWords[before] != "" {
		return begin, fmt.Sprintf("%q is no word here: %s", before, foreignWords[before])
	}
	if at == len(s) {
		return at, "it stops too early: something is still open or missing"
	}
	word := s.word(at)
	if advice := foreignWords[word]; advice != "" {
		return at, fmt.Sprintf("%q is no word here: %s", word, advice)
	}
	switch r := s[at]; {
	case r == '=':
		return at, "= alone says nothing: write == to compare"
	case r == '&' || r == '|':
		return at, fmt.Sprintf("%c alone says nothing: write %c%c", r, r, r)
	case r == '"' || r == '\'':
		return at, "text that begins here is out of place, or lacks its closing quote, or has a \\ it may not have"
	case strings.ContainsRune("“”„«»‘’", r):
		return at, fmt.Sprintf("%c is a printer's quote: write \"", r)
	case unicode.IsDigit(r):
		return at, fmt.Sprintf("%s is out of place or too large: numbers go up to 9223372036854775807", word)
	case word != "":
		return at, fmt.Sprintf("%q is out of place: join questions with && or ||, and put text in quotes", word)
	case !unicode.IsPrint(r):
		return at, fmt.Sprintf("%U is out of place", r)
	default:
		return at, fmt.Sprintf("%c is out of place", r)
	}
}
