package yamlfile

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Keys are the words a part of a program may have.
type Keys struct {
	What     string
	Required []string
	Optional []string
}

// Fields returns a mapping's values by key; a key that was refused is absent.
// ok says that the required ones are there.
func (r *Reader) Fields(n *yaml.Node, known Keys) (values map[string]*yaml.Node, ok bool) {
	before := len(r.problems)
	values = map[string]*yaml.Node{}
	for _, p := range r.Pairs(n, known.What) {
		if r.knows(p.Key, known) {
			values[p.Key.Value] = p.Value
		}
	}
	if len(r.problems) > before {
		return values, false // what is missing may be what was misspelt
	}
	for _, key := range known.Required {
		if values[key] == nil {
			r.Fail(n, "%s has no %q", known.What, key)
		}
	}
	return values, len(r.problems) == before
}

func (r *Reader) knows(key *yaml.Node, known Keys) bool {
	if slices.Contains(known.Required, key.Value) || slices.Contains(known.Optional, key.Value) {
		return true
	}
	all := slices.Concat(known.Required, known.Optional)
	r.Fail(key, "%s knows no %q%s", known.What, key.Value, DidYouMean(key.Value, all))
	return false
}

// DidYouMean names the nearest of the known names, if one is near.
func DidYouMean(name string, known []string) string {
	best, least := "", 1+min(2, len(name)/2)
	for _, candidate := range known {
		if d := distance(strings.ToLower(name), candidate); d < least {
			best, least = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean \"" + best + "\"?"
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
