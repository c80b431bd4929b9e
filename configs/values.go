package configs

import (
	"fmt"
	"reflect"
)

// Value is one key as it is in effect.
type Value struct {
	Key    string `json:"key"`    // "api.listen", "keypads[0].port"
	Value  string `json:"value"`  // as it would be written
	Source string `json:"source"` // as in Loaded.Sources
}

// Values gives every key in effect, in the order of the sample. A secret never
// stands in a configuration, only the name of its file; but a database's URL may
// have its password, which is masked.
func (l Loaded) Values() []Value {
	var all []Value
	l.add(&all, "", reflect.ValueOf(l.Config), "default")
	return all
}

// add appends what v holds; source is where it came from if it does not know
// better.
func (l Loaded) add(all *[]Value, key string, v reflect.Value, source string) {
	if own, ok := l.Sources[key]; ok {
		source = own
	}
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Tag.Get("key")
			switch {
			case name == ",squash":
				l.add(all, key, v.Field(i), source)
			case key == "":
				l.add(all, name, v.Field(i), source)
			default:
				l.add(all, key+"."+name, v.Field(i), l.within(key, source))
			}
		}
	case v.Kind() == reflect.Slice && v.Len() > 0:
		for i := range v.Len() {
			l.add(all, fmt.Sprintf("%s[%d]", key, i), v.Index(i), source)
		}
	case v.Kind() == reflect.Slice:
		*all = append(*all, Value{key, "[]", source})
	default:
		*all = append(*all, Value{key, fmt.Sprint(v.Interface()), source})
	}
}

// within is where a key that is not written comes from, in something that is:
// a device that names its port leaves its baud at the default.
func (l Loaded) within(key, source string) string {
	if _, written := l.Sources[key]; written {
		return "default"
	}
	return source
}
