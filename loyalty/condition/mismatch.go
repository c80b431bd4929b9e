package condition

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/common/operators"
)

// The library's words for what does not fit. A text that none of them matches
// is passed on as it is.
var (
	noOverload   = regexp.MustCompile(`^found no matching overload for '(.+?)' applied to '(.*)'$`)
	wrongType    = regexp.MustCompile(`^expected type '(.+)' but found '(.+)'$`)
	noRange      = regexp.MustCompile(`^expression of type '(.+)' cannot be range`)
	noFields     = regexp.MustCompile(`^type '(.+)' does not support field selection$`)
	unknownField = regexp.MustCompile(`^undefined field '(.+)'$`)
)

// mismatchAdvice says in our words which kinds do not fit.
func mismatchAdvice(message string) string {
	if m := noOverload.FindStringSubmatch(message); m != nil {
		return overloadAdvice(m[1], kinds(m[2]))
	}
	if m := wrongType.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s stands where a yes or no is asked for: compare it, as in %s", inWords(m[2]), comparison(m[2]))
	}
	if m := noRange.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("exists, all and exists_one ask the items of a list, and this is %s", inWords(m[1]))
	}
	if m := noFields.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s has no fields: leave out what stands behind the dot", inWords(m[1]))
	}
	if m := unknownField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("there is no field %q here", m[1])
	}
	return message
}

// signs are the operators as they are written.
var signs = map[string]string{
	operators.Equals: "==", operators.NotEquals: "!=",
	operators.Less: "<", operators.LessEquals: "<=", operators.Greater: ">", operators.GreaterEquals: ">=",
	operators.Add: "+", operators.Subtract: "-", operators.Multiply: "*", operators.Divide: "/",
	operators.Modulo: "%", operators.Negate: "-",
}

func overloadAdvice(function string, of []string) string {
	sign := signs[function]
	switch function {
	case operators.Equals, operators.NotEquals:
		return fmt.Sprintf("%s compares %s with %s: %s", sign, inWords(of[0]), inWords(of[1]), alike(of[0], of[1]))
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return fmt.Sprintf("%s compares two numbers or two texts, not %s with %s", sign, inWords(of[0]), inWords(of[1]))
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate:
		return fmt.Sprintf("%s counts with whole numbers, not with %s", sign, strings.Join(words(of), " and "))
	case operators.In:
		return inAdvice(of[0], of[1])
	case operators.Conditional:
		return fmt.Sprintf("? chooses between %s and %s: both must be of one kind, and a yes or no must stand in front", inWords(of[1]), inWords(of[2]))
	case operators.LogicalNot, operators.LogicalAnd, operators.LogicalOr:
		return fmt.Sprintf("%s stands where a yes or no is asked for: compare it, as in %s", inWords(of[0]), comparison(of[0]))
	case "size":
		return "size counts a text or a list: write size(member.statuses)"
	}
	return fmt.Sprintf("%s asks a text about a text: write text.%s(\"…\")", function, function)
}

func inAdvice(item, of string) string {
	switch {
	case of == "string":
		return "in looks into a list, not into a text: write text.contains(\"…\")"
	case !strings.HasPrefix(of, "list("):
		return fmt.Sprintf("in looks into a list, not into %s: write x in [1, 2]", inWords(of))
	}
	return fmt.Sprintf("in looks for %s in %s: write both as numbers, or both as text in quotes", inWords(item), inWords(of))
}

// alike says how two things can be compared.
func alike(a, b string) string {
	switch {
	case strings.HasPrefix(a, "list(") != strings.HasPrefix(b, "list("):
		return "write in to look into a list"
	case a == "bool" || b == "bool":
		return "leave out == true, and write ! for not"
	}
	return "write both as numbers, or both as text in quotes"
}

// kinds takes apart what the library says a function was applied to, as in
// "(string, int)" or "string.(int)".
func kinds(signature string) []string {
	target, arguments, _ := strings.Cut(strings.TrimSuffix(signature, ")"), "(")
	var all []string
	if target != "" {
		all = append(all, strings.TrimSuffix(target, "."))
	}
	if arguments != "" {
		all = append(all, strings.Split(arguments, ", ")...)
	}
	return all
}

func words(kinds []string) []string {
	all := make([]string, len(kinds))
	for i, kind := range kinds {
		all[i] = inWords(kind)
	}
	return all
}

// inWords names a kind for people.
func inWords(kind string) string {
	switch kind {
	case "int":
		return "a number"
	case "string":
		return "a text"
	case "bool":
		return "a yes or no"
	case "event":
		return "an event"
	case "list(int)":
		return "a list of numbers"
	case "list(bool)":
		return "a list of yes and no"
	case "list(string)":
		return "a list of texts"
	}
	if items, isList := strings.CutPrefix(kind, "list("); isList {
		return "a list of " + strings.TrimSuffix(items, ")") + "s"
	}
	return "a " + kind
}

// comparison is an example that makes a question of a kind.
func comparison(kind string) string {
	switch {
	case kind == "string":
		return `x == "…"`
	case kind == "int":
		return "x == 1"
	case strings.HasPrefix(kind, "list("):
		return `"…" in x`
	}
	if o := objectNamed(kind); o != nil {
		first := o.fields[0]
		return comparisonOf(o.name+"."+first.name, first.kind.Type.String())
	}
	return "x == 1"
}

func comparisonOf(name, kind string) string { return name + strings.TrimPrefix(comparison(kind), "x") }
