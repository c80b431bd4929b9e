package condition

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// The library's interfaces ask for more than conditions can do. What follows
// is never called for a condition that was let through.

func (l list[T]) Add(other ref.Val) ref.Val      { return types.MaybeNoSuchOverloadErr(other) }
func (l list[T]) Iterator() traits.Iterator      { return nil }
func (l list[T]) ConvertToType(ref.Type) ref.Val { return types.NoSuchOverloadErr() }
func (l list[T]) ConvertToNative(to reflect.Type) (any, error) {
	return nil, fmt.Errorf("a list does not become a %v", to)
}

// thing is an object where the library wants a value of its own.
type thing struct{ object any }

func (t thing) Type() ref.Type                 { return types.UnknownType }
func (t thing) Value() any                     { return t.object }
func (t thing) Equal(other ref.Val) ref.Val    { return types.MaybeNoSuchOverloadErr(other) }
func (t thing) ConvertToType(ref.Type) ref.Val { return types.NoSuchOverloadErr() }
func (t thing) ConvertToNative(to reflect.Type) (any, error) {
	return nil, fmt.Errorf("an object does not become a %v", to)
}
