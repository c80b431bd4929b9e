package condition

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// part is one side of a condition's outermost &&, as it is written.
type part struct {
	text    string
	program cel.Program
	reads   map[string]bool
}

// Missing names the part that says no: of "a && b" the first that does not
// hold, as it is written; "" if the condition holds.
func (c *Condition) Missing(f *Facts) string {
	if holds, err := c.Holds(f); holds && err == nil {
		return ""
	}
	for _, p := range c.parts() {
		if holds, err := eval(p.program, f); !holds || err != nil {
			return p.text
		}
	}
	return c.text
}

// takeApart finds a condition's parts. Few conditions are asked what is
// missing, and those again and again: it is done once, and not before.
func (c *Condition) takeApart() []part {
	texts := split(c.text)
	parts := make([]part, len(texts))
	for i, text := range texts {
		p, err := planText(text)
		if err != nil {
			return nil // never: what stands between two && stands alone too
		}
		parts[i] = p
	}
	return parts
}

func planText(text string) (part, error) {
	checked, issues := environment().Compile(text)
	if issues.Err() != nil {
		return part{}, issues.Err()
	}
	program, err := plan(checked)
	return part{text, program, readsOf(checked)}, err
}

// Might reports whether the condition may come to hold when all is known of a
// variable of which nothing is: of "a && b" each part holds that does not read
// it.
func (c *Condition) Might(f *Facts, unknown string) bool {
	if !c.Reads(unknown) {
		holds, err := c.Holds(f)
		return holds && err == nil
	}
	for _, p := range c.parts() {
		if p.reads[unknown] {
			continue
		}
		if holds, err := eval(p.program, f); !holds || err != nil {
			return false
		}
	}
	return true
}

// split cuts a condition at its outermost &&, if it is that and nothing else.
func split(text string) []string {
	parsed, issues := environment().Parse(text)
	if issues.Err() != nil || !isAnd(parsed.NativeRep().Expr()) {
		return []string{text}
	}
	s := source(text)
	var parts []string
	from, depth := 0, 0
	for at := 0; at < len(s); at++ {
		switch r := s[at]; {
		case r == '"' || r == '\'':
			at = s.closing(at)
		case r == '/' && at+1 < len(s) && s[at+1] == '/':
			at = s.lineEnd(at)
		case strings.ContainsRune("([{", r):
			depth++
		case strings.ContainsRune(")]}", r):
			depth--
		case r == '&' && depth == 0:
			parts = append(parts, strings.TrimSpace(string(s[from:at])))
			at++ // the second &
			from = at + 1
		}
	}
	return append(parts, strings.TrimSpace(string(s[from:])))
}

func isAnd(e ast.Expr) bool {
	return e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalAnd
}

// closing returns where the text in quotes that begins at a place ends.
func (s source) closing(at int) int {
	quote := s[at]
	for at++; at < len(s) && s[at] != quote; at++ {
		if s[at] == '\\' {
			at++
		}
	}
	return at
}

// lineEnd returns where a line, and so a remark, ends.
func (s source) lineEnd(at int) int {
	for at < len(s) && s[at] != '\n' {
		at++
	}
	return at
}
