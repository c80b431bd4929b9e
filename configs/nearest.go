package configs

import "strings"

// nearest gives the known name with the fewest changed letters. A key that
// stands in the wrong section is nearest to itself in the right one.
func nearest(name string, known []string) string {
	best, fewest := "", len(name)+100
	for _, candidate := range known {
		changes := min(distance(name, candidate), 1+distance(last(name), last(candidate)))
		if changes < fewest {
			best, fewest = candidate, changes
		}
	}
	return best
}

func last(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// distance is Levenshtein's, in bytes: names of ours are ASCII.
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
