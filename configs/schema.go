package configs

import (
	"reflect"
	"strings"
	"time"
)

// schema is the shape of the configuration, read once from the struct tags:
// a section has fields, a list has elements, anything else is one value.
type schema struct {
	key      string // full path, "api.listen"; in lists "keypads[].baud"
	typ      reflect.Type
	fields   map[string]*schema
	elem     *schema
	value    any      // default
	ordered  []string // names of fields as the struct has them
	multiple bool     // a list
	reloads  bool     // takes effect without a restart
}

var root = describe("", reflect.ValueOf(Default()))

var durationType = reflect.TypeFor[time.Duration]()

func describe(key string, v reflect.Value) *schema {
	s := &schema{key: key, typ: v.Type(), value: v.Interface()}
	switch v.Kind() {
	case reflect.Struct:
		s.fields = make(map[string]*schema)
		s.addFields(v)
	case reflect.Slice:
		s.multiple = true
		s.elem = describe(key+"[]", elementDefault(v.Type().Elem()))
	}
	return s
}

func (s *schema) addFields(v reflect.Value) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := tag.Get("key")
		if name == ",squash" {
			s.addFields(v.Field(i))
			continue
		}
		key := strings.TrimPrefix(s.key+"."+name, ".")
		field := describe(key, v.Field(i))
		if tag.Get("reload") != "" {
			field.markReload()
		}
		s.fields[name] = field
		s.ordered = append(s.ordered, name)
	}
}

// markReload marks a key and all under it.
func (s *schema) markReload() {
	s.reloads = true
	for _, field := range s.fields {
		field.markReload()
	}
}

func elementDefault(t reflect.Type) reflect.Value {
	for _, d := range elementDefaults() {
		if reflect.TypeOf(d) == t {
			return reflect.ValueOf(d)
		}
	}
	return reflect.Zero(t)
}

// leaves gives what viper holds by key: single values and whole lists, in the
// order of the struct.
func (s *schema) leaves() []*schema {
	if s.fields == nil {
		return []*schema{s}
	}
	var all []*schema
	for _, name := range s.ordered {
		all = append(all, s.fields[name].leaves()...)
	}
	return all
}

// keys gives every key that can be written, in lists too.
func (s *schema) keys() []string {
	var all []string
	for _, name := range s.ordered {
		field := s.fields[name]
		all = append(all, field.key)
		all = append(all, field.keys()...)
	}
	if s.elem != nil {
		all = append(all, s.elem.keys()...)
	}
	return all
}

// find gives the leaf of a key, or nil.
func (s *schema) find(key string) *schema {
	for _, leaf := range s.leaves() {
		if leaf.key == key {
			return leaf
		}
	}
	return nil
}

const envPrefix = "LOYALTYD_"

func (s *schema) env() string {
	if s.multiple {
		return ""
	}
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}
