package loyalty

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxWhole bounds every whole number of a program.
const maxWhole = 1_000_000_000_000

// reader takes a program's YAML apart and collects what is wrong with it.
// After a problem it goes on with zero values, which nobody gets to see.
type reader struct {
	file     string
	problems []*LoadError
}

func (r *reader) fail(at *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, &LoadError{r.file, at.Line, at.Column, fmt.Sprintf(format, args...)})
}

func (r *reader) err() error {
	slices.SortStableFunc(r.problems, func(a, b *LoadError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	all := make([]error, len(r.problems))
	for i, problem := range r.problems {
		all[i] = problem
	}
	return errors.Join(all...)
}

// pair is a key of a mapping with its value.
type pair struct{ key, value *yaml.Node }

// pairs returns a mapping's pairs in the order of the file, each key once.
func (r *reader) pairs(n *yaml.Node, what string) []pair {
	if !r.is(n, yaml.MappingNode, what, "keys with values, as in {a: 1}") {
		return nil
	}
	var all []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		p := pair{n.Content[i], n.Content[i+1]}
		if p.key.Kind != yaml.ScalarNode {
			r.fail(p.key, "a key of %s is no plain word", what)
			continue
		}
		if slices.ContainsFunc(all, func(o pair) bool { return o.key.Value == p.key.Value }) {
			r.fail(p.key, "%q stands twice in %s", p.key.Value, what)
			continue
		}
		all = append(all, p)
	}
	return all
}

// items returns the items of a list.
func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	if !r.is(n, yaml.SequenceNode, what, "a list, each item behind a dash") {
		return nil
	}
	return n.Content
}

func (r *reader) is(n *yaml.Node, kind yaml.Kind, what, want string) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		r.fail(n, "%s is an alias: write it out", what)
	case n.Style&yaml.TaggedStyle != 0:
		r.fail(n, "%s has a tag %s: leave it out", what, n.Tag)
	case n.Kind != kind:
		r.fail(n, "%s is not %s", what, want)
	default:
		return true
	}
	return false
}

// text returns a scalar as it is written.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	if !r.is(n, yaml.ScalarNode, what, "a single value") {
		return "", false
	}
	if n.Tag == "!!null" || n.Value == "" {
		r.fail(n, "%s is empty", what)
		return "", false
	}
	return n.Value, true
}

// name reads an id of our own: safe in entries, SQL, logs and on receipts.
func (r *reader) name(n *yaml.Node, what string) string {
	text, ok := r.text(n, what)
	if ok && !isName(text) {
		r.fail(n, "%s %q: write 1 to 32 letters, digits, '-', '_' or '.'", what, text)
	}
	return text
}

func isName(text string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	return text != "" && len(text) <= 32 && strings.Trim(text, allowed) == ""
}

// whole reads a whole number of at least least.
func (r *reader) whole(n *yaml.Node, what string, least int64) int64 {
	text, ok := r.text(n, what)
	if !ok {
		return least
	}
	number, problem := parseWhole(text)
	switch {
	case problem != "":
		r.fail(n, "%s %q: %s", what, text, problem)
	case number < least:
		r.fail(n, "%s %s: at least %d", what, text, least)
	default:
		return number
	}
	return least
}

func parseWhole(text string) (number int64, problem string) {
	switch digits := strings.TrimPrefix(text, "-"); {
	case !isDigits(digits):
		return 0, "write a whole number; money counts in minor units, 500 for 5.00"
	case len(digits) > 1 && digits[0] == '0':
		return 0, "a number does not begin with 0"
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number > maxWhole {
		return 0, fmt.Sprintf("numbers go up to %d", int64(maxWhole))
	}
	return number, ""
}

// rate reads an exact fraction.
func (r *reader) rate(n *yaml.Node, what string) Rate {
	text, ok := r.text(n, what)
	if !ok {
		return Rate{0, 1}
	}
	rate, err := ParseRate(text)
	if err != nil {
		r.fail(n, "%s: %v", what, err)
		return Rate{0, 1}
	}
	return rate
}

func (r *reader) flag(n *yaml.Node, what string) bool {
	text, ok := r.text(n, what)
	if ok && text != "true" && text != "false" {
		r.fail(n, "%s %q: write true or false", what, text)
	}
	return text == "true"
}

func (r *reader) date(n *yaml.Node, what string) ledger.Date {
	text, ok := r.text(n, what)
	if !ok {
		return ""
	}
	date, err := ledger.ParseDate(text)
	if err != nil {
		r.fail(n, "%s: %v", what, err)
	}
	return date
}

func (r *reader) period(n *yaml.Node, what string) period {
	text, ok := r.text(n, what)
	if !ok {
		return period{}
	}
	length, err := parsePeriod(text)
	if err != nil {
		r.fail(n, "%s: %v", what, err)
	}
	return length
}
