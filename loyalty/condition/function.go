package condition

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"

	"github.com/loyaltyd/loyaltyd/internal/advice"
)

// functions are the names that may stand in front of a (.
var functions = append(slices.Clone(loops), overloads.Size, overloads.StartsWith, overloads.EndsWith, overloads.Contains)

// foreignFunctions are those of CEL that we do without, with what to write.
var foreignFunctions = map[string]string{
	operators.Has:    "every field has a value; compare it with \"\" or 0",
	operators.Map:    "write exists(…), all(…) or exists_one(…)",
	operators.Filter: "write exists(…), all(…) or exists_one(…)",
	"matches":        "write startsWith(…), endsWith(…), contains(…) or ==",
	"timestamp":      dateAdvice,
	"duration":       dateAdvice,
	"double":         "there are only whole numbers; money counts in minor units",
	"int":            "numbers are whole already",
	"uint":           "numbers are whole already",
	"string":         "text and numbers are never mixed",
	"bytes":          "text and numbers are never mixed",
	"bool":           "write a comparison, as in x == 1",
	"dyn":            "each value has one kind",
	"type":           "each value has one kind",
}

const dateAdvice = "write now.year, now.month, now.day, now.weekday or now.hour"

// foreignWords are what other languages have for our signs.
var foreignWords = map[string]string{
	"and": "write &&",
	"or":  "write ||",
	"not": "write !",
	"is":  "write ==",
}

// function refuses a function the language has not.
func (s *speller) function(e ast.Expr, name string) *Problem {
	if slices.Contains(loops, name) { // the library knows only their full form
		_, at := s.source.wordBefore(place(s.info, e))
		return s.source.fail(at, "%s wants a list in front and two things in its ( ): list.%s(x, x == 1)", name, name)
	}
	if _, ok := known[name]; ok {
		return nil
	}
	if name == operators.Index {
		return s.source.fail(place(s.info, e), "items are not counted off: write list.exists(x, …)")
	}
	_, at := s.source.wordBefore(place(s.info, e))
	if instead, foreign := foreignFunctions[name]; foreign {
		return s.source.fail(at, "there is no %s(…): %s", name, instead)
	}
	return s.source.fail(at, "there is no %s(…)%s", name, advice.Write(name, functions))
}
