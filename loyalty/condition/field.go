package condition

import (
	"fmt"

	"cel.dev/cel-go/common/types"
)

// field is one word behind the dot.
type field struct {
	name string
	kind *types.FieldType
}

func number[T any](name string, get func(*T) int64) field {
	return reads(name, types.IntType, func(of *T) (any, error) { return types.Int(get(of)), nil })
}

func text[T any](name string, get func(*T) string) field {
	return reads(name, types.StringType, func(of *T) (any, error) { return types.String(get(of)), nil })
}

func texts[T any](name string, get func(*T) *[]string) field {
	return items(name, types.StringType, get)
}

// items makes a field of a list. A list beyond its bound is refused, since a
// condition's cost was reckoned with the bound.
func items[T, Item any](name string, kind *types.Type, get func(*T) *[]Item) field {
	bound := maxItems(name)
	return reads(name, types.NewListType(kind), func(of *T) (any, error) {
		all := get(of)
		if len(*all) > bound {
			return nil, fmt.Errorf("%d %s: conditions are made for at most %d", len(*all), name, bound)
		}
		return list[Item]{all}, nil
	})
}

// reads makes a field of a getter. The type check has seen to it that the
// library asks a field only of its own object.
func reads[T any](name string, kind *types.Type, get func(*T) (any, error)) field {
	return field{name, &types.FieldType{
		Type:    kind,
		IsSet:   func(any) bool { return true },
		GetFrom: func(of any) (any, error) { return get(of.(*T)) },
	}}
}
