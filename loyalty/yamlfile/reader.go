// Package yamlfile knows a YAML file that people write for a program: one
// document, read strictly, every problem told with its line and column and what
// to write instead. What the words mean is left to others.
package yamlfile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/internal/advice"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// MaxWhole bounds every whole number of a file.
const MaxWhole = 1_000_000_000_000

// Reader takes a file's YAML apart and collects what is wrong with it. After a
// problem it goes on with zero values, which nobody gets to see.
type Reader struct {
	File     string
	problems []*Problem
}

// Fail notes a problem at a place.
func (r *Reader) Fail(at *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, &Problem{r.File, at.Line, at.Column, fmt.Sprintf(format, args...)})
}

// Err joins one *Problem for each problem, in the order of the file; nil where
// there is none.
func (r *Reader) Err() error {
	slices.SortStableFunc(r.problems, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	all := make([]error, len(r.problems))
	for i, problem := range r.problems {
		all[i] = problem
	}
	return errors.Join(all...)
}

// Pair is a key of a mapping with its value.
type Pair struct{ Key, Value *yaml.Node }

// Pairs returns a mapping's pairs in the order of the file, each key once.
func (r *Reader) Pairs(n *yaml.Node, what string) []Pair {
	if !r.Is(n, yaml.MappingNode, what, "keys with values, as in {a: 1}") {
		return nil
	}
	var all []Pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		p := Pair{n.Content[i], n.Content[i+1]}
		if p.Key.Kind != yaml.ScalarNode {
			r.Fail(p.Key, "a key of %s is no plain word", what)
			continue
		}
		if slices.ContainsFunc(all, func(o Pair) bool { return o.Key.Value == p.Key.Value }) {
			r.Fail(p.Key, "%q stands twice in %s", p.Key.Value, what)
			continue
		}
		all = append(all, p)
	}
	return all
}

// Items returns the items of a list.
func (r *Reader) Items(n *yaml.Node, what string) []*yaml.Node {
	if !r.Is(n, yaml.SequenceNode, what, "a list, each item behind a dash") {
		return nil
	}
	return n.Content
}

// Is demands a kind of node.
func (r *Reader) Is(n *yaml.Node, kind yaml.Kind, what, want string) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		r.Fail(n, "%s is an alias: write it out", what)
	case n.Style&yaml.TaggedStyle != 0:
		r.Fail(n, "%s has a tag %s: leave it out", what, n.Tag)
	case n.Kind != kind:
		r.Fail(n, "%s is not %s", what, want)
	default:
		return true
	}
	return false
}

// Text returns a scalar as it is written.
func (r *Reader) Text(n *yaml.Node, what string) (string, bool) {
	if !r.Is(n, yaml.ScalarNode, what, "a single value") {
		return "", false
	}
	if n.Tag == "!!null" || n.Value == "" {
		r.Fail(n, "%s is empty", what)
		return "", false
	}
	return n.Value, true
}

// Name reads an id of our own: safe in entries, SQL, logs and on receipts.
func (r *Reader) Name(n *yaml.Node, what string) string {
	text, ok := r.Text(n, what)
	if ok && !isName(text) {
		r.Fail(n, "%s %q: write 1 to 32 letters, digits, '-', '_' or '.'", what, text)
	}
	return text
}

func isName(text string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	return text != "" && len(text) <= 32 && strings.Trim(text, allowed) == ""
}

// Whole reads a whole number of at least least.
func (r *Reader) Whole(n *yaml.Node, what string, least int64) int64 {
	text, ok := r.Text(n, what)
	if !ok {
		return least
	}
	number, problem := parseWhole(text)
	switch {
	case problem != "":
		r.Fail(n, "%s %q: %s", what, text, problem)
	case number < least:
		r.Fail(n, "%s %s: at least %d", what, text, least)
	default:
		return number
	}
	return least
}

func parseWhole(text string) (number int64, problem string) {
	switch digits := strings.TrimPrefix(text, "-"); {
	case !IsDigits(digits):
		return 0, "write a whole number; money counts in minor units, 500 for 5.00"
	case len(digits) > 1 && digits[0] == '0':
		return 0, "a number does not begin with 0"
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number > MaxWhole {
		return 0, fmt.Sprintf("numbers go up to %d", int64(MaxWhole))
	}
	return number, ""
}

// Flag reads true or false.
func (r *Reader) Flag(n *yaml.Node, what string) bool {
	text, ok := r.Text(n, what)
	if ok && text != "true" && text != "false" {
		r.Fail(n, "%s %q: write true or false", what, text)
	}
	return text == "true"
}

// Date reads a civil date.
func (r *Reader) Date(n *yaml.Node, what string) ledger.Date {
	text, ok := r.Text(n, what)
	if !ok {
		return ""
	}
	date, err := ledger.ParseDate(text)
	if err != nil {
		r.Fail(n, "%s: %v", what, err)
	}
	return date
}

// IsDigits reports whether a text is digits alone.
func IsDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// Word reads one of a few.
func (r *Reader) Word(n *yaml.Node, what string, words ...string) string {
	text, ok := r.Text(n, what)
	if ok && !slices.Contains(words, text) {
		r.Fail(n, "%s %q: write %s%s", what, text, advice.OneOf(words), advice.DidYouMean(text, words))
		return ""
	}
	return text
}
