package yamlfile

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/internal/advice"
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
	r.Fail(key, "%s knows no %q%s", known.What, key.Value, advice.DidYouMean(key.Value, all))
	return false
}
