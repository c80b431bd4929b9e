package condition

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// checkKinds refuses what the library would let through: an answer that is no
// yes or no, lists of several kinds, and objects compared as a whole.
func checkKinds(s source, checked *ast.AST) *Problem {
	if kind := checked.GetType(checked.Expr().ID()); kind.Kind() != types.BoolKind {
		name := kind.String()
		return s.fail(s.skip(0), "this gives %s, not a yes or no: compare it, as in %s", inWords(name), comparison(name))
	}
	var problem *Problem
	ast.PostOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if problem == nil {
			problem = checkKind(s, checked, e)
		}
	}))
	return problem
}

func checkKind(s source, checked *ast.AST, e ast.Expr) *Problem {
	at := place(checked.SourceInfo(), e)
	switch {
	case e.Kind() == ast.ListKind && !isPlain(checked.GetType(e.ID())):
		return s.fail(at, mixedList)
	case e.Kind() == ast.CallKind && compares(e.AsCall().FunctionName()):
		for _, side := range e.AsCall().Args() {
			if kind := checked.GetType(side.ID()); !isPlain(kind) {
				return s.fail(at, "%s is more than one value: compare its parts", inWords(kind.String()))
			}
		}
	}
	return nil
}

func compares(function string) bool {
	return function == operators.Equals || function == operators.NotEquals || function == operators.In
}

// isPlain says that a kind is a number, a text, a yes or no, or a list of one
// of them.
func isPlain(kind *types.Type) bool {
	if kind.Kind() == types.ListKind {
		kind = kind.Parameters()[0]
	}
	switch kind.Kind() {
	case types.BoolKind, types.IntKind, types.StringKind:
		return true
	}
	return false
}
