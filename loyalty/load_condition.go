package loyalty

import (
	"errors"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/internal/advice"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// variables are all that conditions may read, where it is there.
var variables = []string{"basket", "line", "tender", "member", "referrer", "event", "now", "store"}

// condition reads one that may read the variables named; nil where it is wrong.
func (r *reader) condition(n *yaml.Node, what string, may ...string) *condition.Condition {
	text, ok := r.Text(n, what)
	if !ok {
		return nil
	}
	c, err := condition.Compile(text)
	var problem *condition.Problem
	if errors.As(err, &problem) {
		at := *n
		at.Line, at.Column = within(n, problem.Line, problem.Column)
		r.Fail(&at, "%s: %s", what, problem.Text)
		return nil
	}
	if err != nil {
		r.Fail(n, "%s: %v", what, err)
		return nil
	}
	for _, name := range variables {
		if c.Reads(name) && !slices.Contains(may, name) {
			r.Fail(n, "%s reads %q, which is not there: it may read %s", what, name, advice.OneOf(may))
			return nil
		}
	}
	r.asked = append(r.asked, asked{n, what, c})
	return c
}

// within returns where a place in a scalar's text stands in the file. Of text
// that is folded or set over several lines only its beginning is known.
func within(n *yaml.Node, line, column int) (int, int) {
	if line > 1 || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return n.Line, n.Column
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		column++
	}
	return n.Line, n.Column + column - 1
}
