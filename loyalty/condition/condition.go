// Package condition knows what a condition of a program is: a question to be
// answered with yes or no, such as 'member.tier == "vib"'.
//
// It is written in CEL and checked when the program is loaded: every name and
// every type, that nothing in it is inexact, and that it stays within its cost
// on the largest basket. It is the only user of the CEL library. Where a
// condition stands in a program, and what is refused because of its answer, is
// left to package loyalty.
package condition

import (
	"fmt"

	"cel.dev/cel-go/cel"
)

// Condition is a question about Facts. Several goroutines may ask it at once.
type Condition struct {
	text    string
	program cel.Program
	reads   map[string]bool
}

// Compile checks a condition. Its error is *Problem.
func Compile(text string) (*Condition, error) {
	env := environment()
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		e := issues.Errors()[0]
		return nil, &Problem{e.Location.Line(), e.Location.Column() + 1, e.Message}
	}
	if ast.OutputType() != cel.BoolType {
		return nil, &Problem{1, 1, "is no question"}
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, &Problem{1, 1, err.Error()}
	}
	return &Condition{text, program, readsOf(ast)}, nil
}

// readsOf collects the variables of a checked condition.
func readsOf(ast *cel.Ast) map[string]bool {
	reads := map[string]bool{}
	for _, reference := range ast.NativeRep().ReferenceMap() {
		reads[reference.Name] = true
	}
	return reads
}

// String returns the condition as it is written.
func (c *Condition) String() string { return c.text }

// Reads says whether the answer can depend on a variable, as in "member".
func (c *Condition) Reads(variable string) bool { return c.reads[variable] }

// Holds answers the condition. It fails where a sum overflows, where something
// is divided by 0, and where the cost limit is passed, which no basket within
// the stated bounds does.
func (c *Condition) Holds(f *Facts) (bool, error) {
	out, _, err := c.program.Eval((*activation)(f))
	if err != nil {
		return false, fmt.Errorf("condition %q: %w", c.text, err)
	}
	holds, _ := out.Value().(bool)
	return holds, nil
}

// Missing names the part that says no: of "a && b" the first that does not
// hold, as it is written; "" if the condition holds.
func (c *Condition) Missing(f *Facts) string {
	if holds, err := c.Holds(f); holds && err == nil {
		return ""
	}
	return c.text
}
