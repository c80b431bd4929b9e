package condition

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
)

// What conditions are asked about has at most this many items. The cost of a
// condition is reckoned with them when it is compiled, and a list that is
// longer fails the condition that reads it: so the cost stays below maxCost
// without being counted again at each evaluation, which would triple its time.
const (
	MaxLines      = 1000
	MaxCategories = 64 // of a line
	MaxTenders    = 100
	MaxWords      = 100 // departments, or a member's statuses or segments
)

// maxLength is how long a text is thought to be, in characters. A longer one
// is not refused: it costs in proportion, as any look at it does.
const maxLength = 64

// maxCost bounds what a condition costs on a whole basket, in the library's
// steps of some 5 to 50 ns: lines looked at for each line pass, thrice nested
// they do not.
const maxCost = 100_000_000

// checkCost refuses what could take too long on the largest basket.
func checkCost(s source, checked *cel.Ast) *Problem {
	estimate, err := environment().EstimateCost(checked, bounds{})
	if err != nil {
		return s.fail(0, "its cost cannot be told (%v): write it more simply", err)
	}
	if cost.SafeMultiply(estimate.Max, askedPerBasket(checked)) > maxCost {
		return s.fail(s.skip(0), "too much work on a basket of %d lines: ask with fewer exists or all inside each other; "+
			"a condition on line is asked again for each line", MaxLines)
	}
	return nil
}

// askedPerBasket is how often one sale asks a condition.
func askedPerBasket(checked *cel.Ast) uint64 {
	reads := readsOf(checked)
	switch {
	case reads["line"]:
		return MaxLines
	case reads["tender"]:
		return MaxTenders
	}
	return 1
}

// bounds tell the library how large things get.
type bounds struct{}

func (bounds) EstimateSize(of cost.AstNode) *cost.SizeEstimate {
	if of.Type().Kind() == types.StringKind {
		return &cost.SizeEstimate{Max: maxLength}
	}
	path := of.Path()
	if len(path) == 0 {
		return nil // a list that is written out: the library counts it
	}
	return &cost.SizeEstimate{Max: uint64(maxItems(path[len(path)-1]))}
}

// EstimateCallCost leaves the functions, which are all the library's own, to it.
func (bounds) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// maxItems is how long the list in a field gets.
func maxItems(field string) int {
	switch field {
	case "lines":
		return MaxLines
	case "tenders":
		return MaxTenders
	case "categories":
		return MaxCategories
	}
	return MaxWords
}
