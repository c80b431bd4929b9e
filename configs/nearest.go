package configs

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/advice"
)

// nearest gives the known name with the fewest changed letters. A key that
// stands in the wrong section is nearest to itself in the right one.
func nearest(name string, known []string) string {
	best, fewest := "", len(name)+100
	for _, candidate := range known {
		changes := min(advice.Distance(name, candidate), 1+advice.Distance(last(name), last(candidate)))
		if changes < fewest {
			best, fewest = candidate, changes
		}
	}
	return best
}

func last(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }
