package condition

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Named is a text in quotes that a condition compares a field with. Line and
// Column count as a Problem's do.
type Named struct {
	Text         string
	Line, Column int
}

// Named returns the texts that a field is compared with, as in "member.tier", or
// that are looked for in it, as in "member.statuses". A referrer is a member.
func (c *Condition) Named(field string) []Named { return c.named[field] }

// comparing are the operators whose two sides are the same sort of thing.
var comparing = []string{
	operators.Equals, operators.NotEquals, operators.In,
	operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
}

// namer finds what fields are compared with.
type namer struct {
	source  source
	checked *ast.AST
	ranges  map[string]ast.Expr // what a loop's variable goes through
	found   map[string][]Named
}

func namedOf(text source, checked *ast.AST) map[string][]Named {
	n := &namer{text, checked, map[string]ast.Expr{}, map[string][]Named{}}
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(n.visit))
	return n.found
}

// visit looks at one expression; a loop comes before what it asks.
func (n *namer) visit(e ast.Expr) {
	switch e.Kind() {
	case ast.ComprehensionKind:
		n.ranges[e.AsComprehension().IterVar()] = e.AsComprehension().IterRange()
	case ast.CallKind:
		if call := e.AsCall(); slices.Contains(comparing, call.FunctionName()) {
			left, right := n.behind(call.Args()[0]), n.behind(call.Args()[1])
			n.compare(left, right)
			n.compare(right, left)
		}
	}
}

// behind returns what a loop's variable goes through in place of that.
func (n *namer) behind(e ast.Expr) ast.Expr {
	if e.Kind() == ast.IdentKind && n.ranges[e.AsIdent()] != nil {
		return n.ranges[e.AsIdent()]
	}
	return e
}

func (n *namer) compare(field, with ast.Expr) {
	if field.Kind() != ast.SelectKind {
		return
	}
	of := objectOf(n.checked.GetType(field.AsSelect().Operand().ID()))
	if of == nil {
		return // never: only objects have fields
	}
	name := of.name + "." + field.AsSelect().FieldName()
	texts := []ast.Expr{with}
	if with.Kind() == ast.ListKind {
		texts = with.AsList().Elements()
	}
	for _, text := range texts {
		if text.Kind() != ast.LiteralKind {
			continue
		}
		if value, ok := text.AsLiteral().(types.String); ok {
			at := n.source.fail(place(n.checked.SourceInfo(), text), "")
			n.found[name] = append(n.found[name], Named{string(value), at.Line, at.Column})
		}
	}
}
