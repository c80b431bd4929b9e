package plain

import (
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// object reads a struct.
type object struct {
	fields   []field
	required uint64 // a bit for each field
}

// field is a field of a struct, or of one embedded in it.
type field struct {
	name     string
	index    []int
	read     reading
	standard reflect.Value // what it is where it is zero; invalid where it has no default
}

// mostFields have a bit each.
const mostFields = 64

func (c compiler) object(t reflect.Type, schema *huma.Schema) reading {
	var o object
	for _, of := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(of.Tag.Get("json"), ",")
		if of.Anonymous && of.Type.Kind() == reflect.Struct && name == "" {
			continue // its fields are visible
		}
		property := schema.Properties[name]
		required := slices.Contains(schema.Required, name)
		if property == nil || len(o.fields) == mostFields || !required && of.Type.Kind() == reflect.Struct {
			return refuse // not described by its tag, or with defaults of its own where it is not sent
		}
		f := field{name: name, index: of.Index, read: c.reading(of.Type, property)}
		if standard := of.Tag.Get("default"); standard != "" {
			if f.standard = standardOf(property, of.Type); !f.standard.IsValid() {
				return refuse
			}
		}
		if required {
			o.required |= 1 << len(o.fields)
		}
		o.fields = append(o.fields, f)
	}
	return o.read
}

// standardOf is a default as the field has it; invalid where that is none of the kinds
// that have one.
func standardOf(property *huma.Schema, t reflect.Type) (v reflect.Value) {
	if standard := reflect.ValueOf(property.Default); standard.IsValid() && standard.CanConvert(t) && (t.Kind() == reflect.String) == (standard.Kind() == reflect.String) {
		return standard.Convert(t)
	}
	return v
}

func (o *object) read(s *scanner, into reflect.Value) {
	s.take('{')
	var seen uint64
	for last := -1; !s.failed && !(last < 0 && s.skip('}')); {
		last = o.find(s.string(), last+1)
		s.take(':')
		if last < 0 || seen&(1<<last) != 0 {
			s.fail()
			return
		}
		seen |= 1 << last
		f := &o.fields[last]
		f.read(s, into.FieldByIndex(f.index))
		if s.skip('}') {
			break
		}
		s.take(',')
	}
	if seen&o.required != o.required {
		s.fail()
	}
	for i := range o.fields {
		if f := &o.fields[i]; f.standard.IsValid() {
			if value := into.FieldByIndex(f.index); value.IsZero() {
				value.Set(f.standard)
			}
		}
	}
}

// find gives the place of a field, -1 where there is none of the name. Where a POS sends
// them in our order the first look finds it.
func (o *object) find(name string, from int) int {
	for i := range o.fields {
		at := (from + i) % len(o.fields)
		if o.fields[at].name == name {
			return at
		}
	}
	return -1
}
