package books_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/hq/books"
)

// A row is to the byte what encoding/json makes of its decision, whatever stands in
// each of its fields: rows that are written are chained.
func TestRowAsEncodingJSONWritesIt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var d books.Decision
		fill(r, reflect.ValueOf(&d).Elem(), 0)
		have, err := d.Encode()
		if err != nil {
			r.Fatal(err)
		}
		want, err := json.Marshal(&d)
		if err != nil {
			r.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			r.Errorf("have %s\nwant %s", have, want)
		}
	})
}

// fill draws a value, and those in it: half of them are left as they are.
func fill(r *rapid.T, v reflect.Value, depth int) {
	if !v.CanSet() || depth > 1 && rapid.Bool().Draw(r, "none") || depth > 12 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.StringMatching(`[a-z:.0-9-]{0,12}`), rapid.SampledFrom([]string{
			`"`, `\`, "<&>", "\x00\x1f\x7f", "ü ", "\u2028\u2029", "\xff", "a\nb",
		})).Draw(r, "string"))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(r, "int") >> (64 - v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(r, "uint") >> (64 - v.Type().Bits()))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(r, "bool"))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 3).Draw(r, "elements"), 3))
		for i := range v.Len() {
			fill(r, v.Index(i), depth+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i), 0)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(r, key, 0)
		fill(r, value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), depth+1)
		}
	default:
		r.Fatalf("a decision has a %s", v.Kind())
	}
}
