package condition

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// provider tells the library which objects and fields there are.
type provider struct{}

func (provider) FindStructType(name string) (*types.Type, bool) {
	o := objectNamed(name)
	if o == nil {
		return nil, false
	}
	return types.NewTypeTypeWithParam(o.kind), true
}

func (provider) FindStructFieldNames(name string) ([]string, bool) {
	o := objectNamed(name)
	if o == nil {
		return nil, false
	}
	return o.fieldNames(), true
}

func (provider) FindStructFieldType(name, word string) (*types.FieldType, bool) {
	o := objectNamed(name)
	if o == nil || o.field(word) == nil {
		return nil, false
	}
	return o.field(word).kind, true
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
	if value, ok := of.(ref.Val); ok {
		return value
	}
	return thing{of}
}
