package condition

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/loyaltyd/loyaltyd/internal/advice"
)

// speller looks at each word of a parsed condition and refuses what is not of
// our language, before the library looks at types: it knows best what was
// meant. It stops at the first problem.
type speller struct {
	source  source
	info    *ast.SourceInfo
	scope   []variable // a loop's own, the innermost last
	problem *Problem
}

// spell returns the first word that is not of the language.
func spell(text source, parsed *ast.AST) *Problem {
	s := &speller{source: text, info: parsed.SourceInfo()}
	s.expr(parsed.Expr())
	return s.problem
}

// expr looks at an expression and returns its kind, nil where that takes a
// type check to know.
func (s *speller) expr(e ast.Expr) *types.Type {
	if s.problem != nil {
		return nil
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return s.literal(e)
	case ast.IdentKind:
		return s.ident(e)
	case ast.SelectKind:
		return s.selection(e)
	case ast.CallKind:
		s.call(e)
	case ast.ListKind:
		return s.list(e)
	case ast.ComprehensionKind:
		s.loop(e)
	default:
		s.fail(place(s.info, e), "{ } makes nothing here: write a list in [ ], or compare single fields")
	}
	return nil
}

func (s *speller) literal(e ast.Expr) *types.Type {
	at := place(s.info, e)
	switch value := e.AsLiteral().(type) {
	case types.Bool, types.Int:
		return value.Type().(*types.Type)
	case types.String:
		if !s.source.plainQuote(at) {
			s.fail(at, "a text is written in one pair of quotes: \"…\"")
		}
		return types.StringType
	case types.Double:
		s.fail(at, "%s is not exact: write a whole number; money counts in minor units, 150 for 1.50", s.source.number(at))
	case types.Uint:
		s.fail(at, "%du: write %d without the u", value, value)
	case types.Bytes:
		s.fail(at, "text with a b in front: leave the b out")
	default:
		s.fail(at, "null: everything has a value here; compare with \"\" or 0")
	}
	return nil
}

func (s *speller) ident(e ast.Expr) *types.Type {
	name := e.AsIdent()
	if v, ok := s.lookup(name); ok {
		return v.kind
	}
	if meaning, foreign := foreignWords[name]; foreign {
		s.fail(place(s.info, e), "%q is no word here: %s", name, meaning)
		return nil
	}
	instead := advice.DidYouMean(name, variableNames)
	if instead == "" {
		instead = ": put text in quotes, or write " + advice.OneOf(variableNames)
	}
	s.fail(place(s.info, e), "there is no %q%s", name, instead)
	return nil
}

func (s *speller) lookup(name string) (variable, bool) {
	for i := len(s.scope) - 1; i >= 0; i-- {
		if s.scope[i].name == name {
			return s.scope[i], true
		}
	}
	for _, v := range variables {
		if v.name == name {
			return v, true
		}
	}
	return variable{}, false
}

func (s *speller) selection(e ast.Expr) *types.Type {
	of := objectOf(s.expr(e.AsSelect().Operand()))
	if s.problem != nil || of == nil {
		return nil // the type check says so where it is no object at all
	}
	name := e.AsSelect().FieldName()
	f := of.field(name)
	if f == nil {
		s.fail(s.source.skip(place(s.info, e)+1), "%s has no %q%s", of.name, name, advice.Write(name, of.fieldNames()))
		return nil
	}
	return f.kind.Type
}

func (s *speller) call(e ast.Expr) {
	call := e.AsCall()
	if problem := s.function(e, call.FunctionName()); problem != nil {
		s.problem = problem
		return
	}
	if call.IsMemberFunction() {
		s.expr(call.Target())
	}
	for _, arg := range call.Args() {
		s.expr(arg)
	}
	if name := call.FunctionName(); name == operators.Divide || name == operators.Modulo {
		s.divisor(call.Args()[1])
	}
}

func (s *speller) divisor(e ast.Expr) {
	if e.Kind() == ast.LiteralKind && e.AsLiteral() == types.IntZero {
		s.fail(place(s.info, e), "nothing can be divided by 0")
	}
}

// list returns the kind of a list that is written out.
func (s *speller) list(e ast.Expr) *types.Type {
	elements := e.AsList().Elements()
	if len(elements) == 0 {
		s.fail(place(s.info, e), "a list of nothing: ask with size(…) == 0")
		return nil
	}
	var kind *types.Type
	for _, element := range elements {
		next := s.expr(element)
		if kind != nil && next != nil && !kind.IsExactType(next) {
			s.fail(place(s.info, element), mixedList)
		}
		kind = next
	}
	if kind == nil {
		return nil
	}
	return types.NewListType(kind)
}

// loop looks at exists, all and exists_one as the library has written them
// out, with a variable of theirs that no text can name.
func (s *speller) loop(e ast.Expr) {
	loop := e.AsComprehension()
	var kind *types.Type
	if of := s.expr(loop.IterRange()); of != nil && of.Kind() == types.ListKind {
		kind = of.Parameters()[0]
	}
	name := loop.IterVar()
	if _, taken := s.lookup(name); taken && s.problem == nil {
		s.fail(s.variablePlace(e), "%q has a meaning already: give the items another name", name)
	}
	outer := s.scope
	s.scope = append(s.scope, variable{name, kind}, variable{loop.AccuVar(), nil})
	s.expr(loop.LoopStep())
	s.scope = outer
}

// variablePlace finds the name a loop gives to the items: behind the ( at
// which the library places the loop.
func (s *speller) variablePlace(e ast.Expr) int { return s.source.skip(place(s.info, e) + 1) }

func (s *speller) fail(at int, format string, args ...any) {
	if s.problem == nil {
		s.problem = s.source.fail(at, format, args...)
	}
}

// place is where the library saw an expression: at a call's ( and at the sign
// of an operation.
func place(info *ast.SourceInfo, e ast.Expr) int {
	at, _ := info.GetOffsetRange(e.ID())
	return int(at.Start)
}

const mixedList = "a list holds items of one kind: write only numbers, or only text in quotes"
