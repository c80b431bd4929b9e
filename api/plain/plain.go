// Package plain reads the path and the JSON of a request in one pass, and holds
// them against their description on the way. It takes what is plainly right: each
// key as it is described and once, nothing null, strings without escapes, whole
// numbers. What it takes, huma takes too, and reads as the same. Of all else it
// says only that it is not plain: then huma is to be asked, which knows all of JSON
// and all of a description, and has the words for what is wrong. So nothing that is
// refused is told in two places, and what is right, as nearly all is, is read in a
// tenth of the time.
package plain

import (
	"reflect"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// Reader reads the requests of one call, whose input is I: fields with a path tag,
// and Body.
type Reader[I any] struct {
	params []param
	body   int // the field
	read   reading
}

// param is a part of the path.
type param struct {
	name  string
	field int
	text  *text
}

// reading reads a value of one type; where it is not plain, the scanner has failed.
type reading func(*scanner, reflect.Value)

// New returns the reader of a call by what its input's types are described as. Where
// a description says what this package does not know, nothing of it is plain.
func New[I any](schemas huma.Registry) Reader[I] {
	var r Reader[I]
	c := compiler{schemas}
	input := reflect.TypeFor[I]()
	r.read = refuse
	for i := range input.NumField() {
		field := input.Field(i)
		name, inPath := field.Tag.Lookup("path")
		switch {
		case field.Name == "Body":
			r.body, r.read = i, c.reading(field.Type, schemas.Schema(field.Type, true, ""))
		case inPath && field.Type.Kind() == reflect.String && knows(huma.SchemaFromField(schemas, field, "")):
			r.params = append(r.params, param{name, i, textOf(huma.SchemaFromField(schemas, field, ""))})
		default:
			return Reader[I]{read: refuse} // of a query or a header
		}
	}
	return r
}

// Read reads a request into its input, and reports whether it is plainly right; of
// one that is not, into may have some. path gives a part of the path, unescaped.
func (r *Reader[I]) Read(path func(name string) string, body string, into *I) bool {
	input := reflect.ValueOf(into).Elem()
	for _, p := range r.params {
		value := path(p.name)
		if !p.text.fits(value) {
			return false
		}
		input.Field(p.field).SetString(value)
	}
	if !utf8.ValidString(body) {
		return false
	}
	s := scanner{text: body}
	s.space()
	r.read(&s, input.Field(r.body))
	s.space()
	return !s.failed && s.at == len(body)
}

// refuse takes nothing.
func refuse(s *scanner, _ reflect.Value) { s.fail() }
