package plain

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// compiler makes readings of types and their descriptions.
type compiler struct{ schemas huma.Registry }

var (
	ownJSON = reflect.TypeFor[json.Unmarshaler]()
	ownText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (c compiler) reading(t reflect.Type, schema *huma.Schema) reading {
	for schema.Ref != "" {
		schema = c.schemas.SchemaFromRef(schema.Ref)
	}
	own := reflect.PointerTo(t)
	if !knows(schema) || own.Implements(ownJSON) || own.Implements(ownText) {
		return refuse
	}
	kind := t.Kind()
	switch {
	case kind == reflect.Pointer:
		return pointer(t, c.reading(t.Elem(), schema))
	case schema.Type == huma.TypeString && kind == reflect.String:
		return textOf(schema).read
	case schema.Type == huma.TypeInteger && (kind == reflect.Int || kind == reflect.Int64):
		return numberOf(schema).read
	case schema.Type == huma.TypeBoolean && kind == reflect.Bool:
		return (*scanner).bool
	case schema.Type == huma.TypeArray && kind == reflect.Slice:
		return listOf(schema, c.reading(t.Elem(), schema.Items)).read
	case schema.Type == huma.TypeObject && kind == reflect.Struct:
		return c.object(t, schema)
	}
	return refuse
}

// minded are the words of a description of each type that are minded here; unbinding
// those that bind nobody.
var (
	minded = map[string][]string{
		huma.TypeString:  {"enum", "pattern", "minLength", "maxLength", "format"},
		huma.TypeInteger: {"minimum", "maximum", "format"}, // int64, which it is
		huma.TypeArray:   {"items", "minItems", "maxItems"},
		huma.TypeObject:  {"properties", "required", "additionalProperties"},
	}
	unbinding = []string{"type", "title", "description", "examples", "deprecated", "default"}
)

// knows reports whether a description has no other words.
func knows(schema *huma.Schema) bool {
	text, err := json.Marshal(schema)
	var words map[string]json.RawMessage
	if err != nil || json.Unmarshal(text, &words) != nil {
		return false
	}
	for word := range words {
		if !slices.Contains(unbinding, word) && !slices.Contains(minded[schema.Type], word) {
			return false
		}
	}
	return schema.Type != huma.TypeString || schema.Format == "" || schema.Format == "uuid"
}

// pointer reads what a pointer of a type is to; null is not plain.
func pointer(t reflect.Type, read reading) reading {
	return func(s *scanner, into reflect.Value) {
		value := reflect.New(t.Elem())
		read(s, value.Elem())
		into.Set(value)
	}
}
