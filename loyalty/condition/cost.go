package condition

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
)

// What a basket within bounds has at most.
const (
	maxLines      = 1000
	maxCategories = 64 // of a line
	maxTenders    = 100
	maxWords      = 100 // departments, or a member's statuses or segments
	maxLength     = 64  // characters of a text
)

// bounds tell the library how large the lists get.
type bounds struct{}

func (bounds) EstimateSize(of cost.AstNode) *cost.SizeEstimate {
	if of.Type().Kind() == types.StringKind {
		return &cost.SizeEstimate{Max: maxLength}
	}
	path := of.Path()
	if len(path) == 0 {
		return nil // a list that is written out: the library counts it
	}
	switch path[len(path)-1] {
	case "lines":
		return &cost.SizeEstimate{Max: maxLines}
	case "tenders":
		return &cost.SizeEstimate{Max: maxTenders}
	case "categories":
		return &cost.SizeEstimate{Max: maxCategories}
	}
	return &cost.SizeEstimate{Max: maxWords}
}

func (bounds) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate { return nil }

var _ = cel.BoolType
