package configs

import (
	"reflect"
	"strings"
)

// Changes gives the keys that differ, those that take effect while a daemon
// runs apart from those that need a restart, in the order of the sample.
func Changes(from, to Config) (reload, restart []string) {
	for _, leaf := range root.leaves() {
		switch {
		case reflect.DeepEqual(leaf.in(&from).Interface(), leaf.in(&to).Interface()):
		case leaf.reloads:
			reload = append(reload, leaf.key)
		default:
			restart = append(restart, leaf.key)
		}
	}
	return reload, restart
}

// Reloaded gives c with what can change while a daemon runs taken from to.
func (c Config) Reloaded(to Config) Config {
	for _, leaf := range root.leaves() {
		if leaf.reloads {
			leaf.in(&c).Set(leaf.in(&to))
		}
	}
	return c
}

// in gives the place of a leaf.
func (s *schema) in(c *Config) reflect.Value {
	v := reflect.ValueOf(c).Elem()
	for name := range strings.SplitSeq(s.key, ".") {
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("key") == name {
				v = v.Field(i)
				break
			}
		}
	}
	return v
}
