package condition

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
)

// check reads a condition and finds its first problem: of its text, its words,
// its kinds, its answer and its cost, in this order.
func check(text string) (*cel.Ast, *Problem) {
	if problem := checkText(text); problem != nil {
		return nil, problem
	}
	s := source(text)
	parsed, issues := environment().Parse(text)
	if issues.Err() != nil {
		return nil, syntaxProblem(s, issues.Errors())
	}
	if problem := spell(s, parsed.NativeRep()); problem != nil {
		return nil, problem
	}
	checked, issues := environment().Check(parsed)
	if issues.Err() != nil {
		return nil, kindProblem(s, issues.Errors())
	}
	if problem := checkKinds(s, checked.NativeRep()); problem != nil {
		return nil, problem
	}
	return checked, checkCost(s, checked)
}

func checkText(text string) *Problem {
	switch {
	case !utf8.ValidString(text):
		return &Problem{1, 1, "not UTF-8"}
	case strings.TrimSpace(text) == "":
		return &Problem{1, 1, "empty: write a condition, or leave the key out"}
	case len(text) > maxText:
		return source(text).fail(0, "%d bytes long: a condition has at most %d; split it over several rules", len(text), maxText)
	}
	return nil
}

func syntaxProblem(s source, errs []*common.Error) *Problem {
	e := first(errs)
	if e.Location.Line() < 1 {
		return s.fail(0, "nested deeper than %d: write fewer ( ) inside each other", maxDepth)
	}
	at, advice := syntaxAdvice(s, s.at(e.Location.Line(), e.Location.Column()))
	return s.fail(at, "%s", advice)
}

func kindProblem(s source, errs []*common.Error) *Problem {
	e := first(errs)
	at := s.at(e.Location.Line(), e.Location.Column())
	if name, begin := s.wordBefore(at); slices.Contains(functions, name) && at < len(s) && s[at] == '(' {
		at = begin // the library places a call at its (
	}
	return s.fail(at, "%s", mismatchAdvice(e.Message))
}

// first returns the error that stands first in the text. Where one of the
// library's limits is passed it has no place, and matters only alone.
func first(errs []*common.Error) *common.Error {
	return slices.MinFunc(errs, func(a, b *common.Error) int {
		return cmp.Or(
			cmp.Compare(lineOrLast(a), lineOrLast(b)),
			cmp.Compare(a.Location.Column(), b.Location.Column()),
		)
	})
}

func lineOrLast(e *common.Error) int {
	if e.Location.Line() < 1 {
		return math.MaxInt
	}
	return e.Location.Line()
}
