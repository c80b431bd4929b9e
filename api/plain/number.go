package plain

import (
	"math"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// number is what a whole number may be.
type number struct{ least, most float64 } // as huma compares them

func numberOf(schema *huma.Schema) *number {
	n := &number{math.Inf(-1), math.Inf(1)}
	if schema.Minimum != nil {
		n.least = *schema.Minimum
	}
	if schema.Maximum != nil {
		n.most = *schema.Maximum
	}
	return n
}

func (n *number) read(s *scanner, into reflect.Value) {
	value := s.number()
	if size := float64(value); size < n.least || size > n.most || into.OverflowInt(value) {
		s.fail()
		return
	}
	into.SetInt(value)
}
