// Package advice knows what to tell somebody who wrote a word that is not known:
// the nearest one, or all there are. Where the word stood is left to others.
package advice

import "strings"

// Nearest finds the known word that another was meant to be, up to two letters
// away and whatever its capitals; "" if none is near.
func Nearest(word string, known []string) string {
	best, least := "", 1+min(2, len(word)/2)
	for _, candidate := range known {
		if d := Distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// DidYouMean asks whether the nearest known word was meant, behind a colon, to
// end a sentence with; "" if none is near.
func DidYouMean(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return `: did you mean "` + near + `"?`
	}
	return ""
}

// Write asks whether the nearest known word was meant, or tells all of them
// where none is near.
func Write(word string, known []string) string {
	if asked := DidYouMean(word, known); asked != "" {
		return asked
	}
	return ": write " + OneOf(known)
}

// OneOf writes words as in "a, b or c".
func OneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Distance is Levenshtein's: how many bytes to change, add or leave out.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
