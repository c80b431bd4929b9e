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
	same := 0
	for same < min(len(was), len(is)) && was[same] == is[same] {
		same++
	}
	end := 0
	for end < min(len(was), len(is))-same && was[len(was)-1-end] == is[len(is)-1-end] {
		end++
	}
	cut, put := was[same:len(was)-end], is[same:len(is)-end]
	if len(cut) == 0 || len(put) == 0 || len(cut) > maxSwap || len(put) > maxSwap || same == 0 && end == 0 || spansClauses(cut, put) {
		return "Now: " + new + ". Before: " + old
	}
	words := slices.Concat(is[:same], put, []string{"instead", "of"}, cut, is[len(is)-end:])
	return strings.Join(words, " ")
}

// spansClauses reports whether exchanged words reach over a comma, where
// "instead of" could be read in two ways.
func spansClauses(cut, put []string) bool {
	inner := slices.Concat(cut[:len(cut)-1], put[:len(put)-1])
	return slices.ContainsFunc(inner, func(word string) bool { return strings.HasSuffix(word, ",") || strings.HasSuffix(word, ";") })
}
