package condition

import (
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
)

// Bounds of a condition's text.
const (
	maxText  = 1000 // bytes
	maxDepth = 32   // parentheses inside each other
)

// environment is what the library knows of our language. To build it costs
// milliseconds, and it is the same for all.
var environment = sync.OnceValue(func() *cel.Env {
	options := []cel.EnvOption{
		cel.CustomTypeProvider(provider{}),
		cel.CustomTypeAdapter(adapter{}),
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{
			IncludeMacros:    loops,
			IncludeFunctions: library(),
		})),
		cel.ParserRecursionLimit(maxDepth),
		cel.ParserExpressionSizeLimit(maxText),
		cel.ParserErrorRecoveryLimit(1),
	}
	for _, v := range variables {
		options = append(options, cel.Variable(v.name, v.kind))
	}
	e, err := cel.NewCustomEnv(options...)
	if err != nil {
		panic(err) // our own mistake, found by any test
	}
	return e
})

// loops are the macros, which ask a question of each item of a list.
var loops = []string{operators.Exists, operators.All, operators.ExistsOne}

// known are the functions and operators, each with what it works on: whole
// numbers, texts and lists of them, and nothing that is inexact.
var known = map[string][]string{
	operators.Conditional:      {overloads.Conditional},
	operators.LogicalAnd:       {overloads.LogicalAnd},
	operators.LogicalOr:        {overloads.LogicalOr},
	operators.LogicalNot:       {overloads.LogicalNot},
	operators.NotStrictlyFalse: {overloads.NotStrictlyFalse}, // of the loops
	operators.Equals:           {overloads.Equals},
	operators.NotEquals:        {overloads.NotEquals},
	operators.Less:             {overloads.LessInt64, overloads.LessString},
	operators.LessEquals:       {overloads.LessEqualsInt64, overloads.LessEqualsString},
	operators.Greater:          {overloads.GreaterInt64, overloads.GreaterString},
	operators.GreaterEquals:    {overloads.GreaterEqualsInt64, overloads.GreaterEqualsString},
	operators.Add:              {overloads.AddInt64},
	operators.Subtract:         {overloads.SubtractInt64},
	operators.Multiply:         {overloads.MultiplyInt64},
	operators.Divide:           {overloads.DivideInt64},
	operators.Modulo:           {overloads.ModuloInt64},
	operators.Negate:           {overloads.NegateInt64},
	operators.In:               {overloads.InList},
	overloads.Size:             {overloads.SizeString, overloads.SizeStringInst, overloads.SizeList, overloads.SizeListInst},
	overloads.StartsWith:       {overloads.StartsWithString},
	overloads.EndsWith:         {overloads.EndsWithString},
	overloads.Contains:         {overloads.ContainsString},
}

func library() []*env.Function {
	var all []*env.Function
	for name, ids := range known {
		function := &env.Function{Name: name}
		for _, id := range ids {
			function.Overloads = append(function.Overloads, &env.Overload{ID: id})
		}
		all = append(all, function)
	}
	return all
}
