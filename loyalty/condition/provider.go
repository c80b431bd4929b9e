package condition

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// provider tells the library which objects and fields there are.
type provider struct{}

func (provider) FindStructType(name string) (*types.Type, bool) {
	for _, o := range objects {
		if o.kind.TypeName() == name {
			return types.NewTypeTypeWithParam(o.kind), true
		}
	}
	return nil, false
}

func (provider) FindStructFieldNames(name string) ([]string, bool) {
	for _, o := range objects {
		if o.kind.TypeName() == name {
			return o.fieldNames(), true
		}
	}
	return nil, false
}

func (provider) FindStructFieldType(name, word string) (*types.FieldType, bool) {
	for _, o := range objects {
		if o.kind.TypeName() == name {
			if f := o.field(word); f != nil {
				return f.kind, true
			}
		}
	}
	return nil, false
}

// Conditions make no objects and know no constants by name.
func (provider) EnumValue(name string) ref.Val    { return types.NewErr("no constant %q", name) }
func (provider) FindIdent(string) (ref.Val, bool) { return nil, false }
func (provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("%q cannot be made", name)
}

// adapter makes the library's values of ours. What the fields give is one
// already, objects aside.
type adapter struct{}

func (adapter) NativeToValue(of any) ref.Val {
	switch of := of.(type) {
	case ref.Val:
		return of
	case *Basket, *Member, *Day, *Event, *Now:
		return thing{of}
	}
	return types.DefaultTypeAdapter.NativeToValue(of)
}
