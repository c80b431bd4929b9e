package condition

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// list shows a slice of ours to the library without copying it. It holds one
// pointer only, so that it becomes an interface without an allocation.
type list[T any] struct{ items *[]T }

var (
	_ traits.Foldable = list[string]{}
	_ traits.Lister   = list[string]{}
)

func (l list[T]) Size() ref.Val { return types.Int(len(*l.items)) }

// Fold hands the items to a loop as they are: pointers where they have fields.
// The loops of conditions know no index, so that it is not told.
func (l list[T]) Fold(loop traits.Folder) {
	for i := range *l.items {
		if !loop.FoldEntry(types.IntZero, item(&(*l.items)[i])) {
			return
		}
	}
}

// Get is for the library's own comparison of lists. Conditions have no index.
func (l list[T]) Get(index ref.Val) ref.Val {
	i, ok := index.(types.Int)
	if !ok || i < 0 || int(i) >= len(*l.items) {
		return types.NewErr("no item %v in a list of %d", index, len(*l.items))
	}
	return adapter{}.NativeToValue(item(&(*l.items)[i]))
}

// Contains says whether a text is in a list of texts.
func (l list[T]) Contains(value ref.Val) ref.Val {
	wanted, ok := value.(types.String)
	all, isTexts := any(l.items).(*[]string)
	if !ok || !isTexts {
		return types.MaybeNoSuchOverloadErr(value)
	}
	for _, each := range *all {
		if each == string(wanted) {
			return types.True
		}
	}
	return types.False
}

func (l list[T]) Equal(other ref.Val) ref.Val {
	with, ok := other.(traits.Lister)
	if !ok {
		return types.False
	}
	if with.Size() != l.Size() {
		return types.False
	}
	for i := range types.Int(len(*l.items)) {
		if l.Get(i).Equal(with.Get(i)) != types.True {
			return types.False
		}
	}
	return types.True
}

func (l list[T]) Type() ref.Type { return types.ListType }
func (l list[T]) Value() any     { return l.items }

// item is what a condition sees of one item.
func item[T any](at *T) any {
	if text, ok := any(at).(*string); ok {
		return types.String(*text)
	}
	return at
}
