// Package condition knows what a condition of a program is: a question that is
// answered with yes or no, such as 'member.tier == "vib"'.
//
// It is written in CEL and checked when the program is loaded: every word, every
// kind, that nothing in it is inexact, and that it costs little even on the
// largest basket. Only this package knows the CEL library. Where conditions
// stand in a program, which facts they are asked about, and what a no means
// are left to package loyalty.
package condition

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// Condition is a question about Facts. Several goroutines may ask it at once.
type Condition struct {
	text    string
	program cel.Program
	reads   map[string]bool
	named   map[string][]Named
	parts   func() []part
}

// Compile checks a condition. Its error is *Problem.
func Compile(text string) (*Condition, error) {
	checked, problem := check(text)
	if problem != nil {
		return nil, problem
	}
	program, err := plan(checked)
	if err != nil {
		return nil, &Problem{1, 1, fmt.Sprintf("cannot be prepared (%v): write it more simply", err)}
	}
	c := &Condition{text: text, program: program, reads: readsOf(checked)}
	c.named = namedOf(source(text), checked.NativeRep())
	c.parts = sync.OnceValue(c.takeApart)
	return c, nil
}

// plan prepares a checked condition; what is constant in it is reckoned now.
func plan(checked *cel.Ast) (cel.Program, error) {
	return environment().Program(checked, cel.EvalOptions(cel.OptOptimize))
}

// readsOf collects the variables of a checked condition, without those of its
// loops, and their fields.
func readsOf(checked *cel.Ast) map[string]bool {
	reads := map[string]bool{}
	for _, reference := range checked.NativeRep().ReferenceMap() {
		if slices.Contains(variableNames, reference.Name) {
			reads[reference.Name] = true
		}
	}
	variables := slices.Collect(maps.Keys(reads))
	ast.PostOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.SelectKind {
			return
		}
		of := variables // any of them, where it is not said at once
		if operand := e.AsSelect().Operand(); operand.Kind() == ast.IdentKind {
			of = []string{operand.AsIdent()}
		}
		for _, name := range of {
			reads[name+"."+e.AsSelect().FieldName()] = true
		}
	}))
	return reads
}

// String returns the condition as it is written.
func (c *Condition) String() string { return c.text }

// Reads says whether the answer can depend on a variable, as in "member", or on
// one of its fields, as in "member.visits".
//
// A condition that does not read "line" has one answer for all lines, and its
// cost was reckoned as asked once for a sale; likewise with "tender".
func (c *Condition) Reads(variable string) bool { return c.reads[variable] }

// Holds answers the condition. It fails where a number overflows, where one is
// divided by 0, and where a list is longer than its bound, as MaxLines is one.
func (c *Condition) Holds(f *Facts) (bool, error) {
	holds, err := eval(c.program, f)
	if err != nil {
		return false, fmt.Errorf("condition %q: %w", c.text, err)
	}
	return holds, nil
}

func eval(program cel.Program, f *Facts) (bool, error) {
	out, _, err := program.Eval((*activation)(f))
	if err != nil {
		return false, err
	}
	holds, _ := out.Value().(bool) // it is one: the type check said so
	return holds, nil
}
