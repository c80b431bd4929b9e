package loyalty

import (
	"slices"
	"strings"
)

// maxSwap is how many words may be exchanged within a sentence that tells both
// versions. With more, two sentences are easier to read.
const maxSwap = 3

// instead tells both versions of a sentence in one where few words differ:
// "10.00 USD off for 600 instead of 500 points".
func instead(old, new string) string {
	switch {
	case old == "":
		return "New: " + new
	case new == "":
		return "No more: " + old
	}
	was, is := strings.Fields(old), strings.Fields(new)
	same, end := alike(was, is)
	cut, put := was[same:len(was)-end], is[same:len(is)-end]
	if len(cut) == 0 || len(put) == 0 || len(cut) > maxSwap || len(put) > maxSwap || same == 0 && end == 0 || spansClauses(cut, put) {
		return "Now: " + new + ". Before: " + old
	}
	words := slices.Concat(is[:same], put, []string{"instead", "of"}, cut, is[len(is)-end:])
	return strings.Join(words, " ")
}

// alike is how many words two sentences begin and end with alike. A number
// stays with what it counts: "1 month instead of 1 year".
func alike(was, is []string) (same, end int) {
	shorter := min(len(was), len(is))
	for same < shorter && was[same] == is[same] {
		same++
	}
	for end < shorter-same && was[len(was)-1-end] == is[len(is)-1-end] {
		end++
	}
	if same > 0 && isNumber(was[same-1]) {
		same--
	}
	return same, end
}

// spansClauses reports whether exchanged words reach over a comma, where
// "instead of" could be read in two ways.
func spansClauses(cut, put []string) bool {
	inner := slices.Concat(cut[:len(cut)-1], put[:len(put)-1])
	return slices.ContainsFunc(inner, func(word string) bool { return strings.HasSuffix(word, ",") || strings.HasSuffix(word, ";") })
}
