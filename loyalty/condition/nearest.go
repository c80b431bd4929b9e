package condition

import "strings"

// didYouMean names the nearest of the known words, or all of them where none
// is near.
func didYouMean(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return meant(near)
	}
	return "write " + choice(known)
}

func meant(word string) string { return "did you mean \"" + word + "\"?" }

// nearest finds the nearest of the known words, "" if none is near.
func nearest(word string, known []string) string {
	best, least := "", 1+min(2, len(word)/2)
	for _, candidate := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// choice writes words as "a, b or c".
func choice(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// distance is Levenshtein's: how many letters to change, add or leave out.
func distance(a, b string) int {
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
