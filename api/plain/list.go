package plain

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// list is what an array may be.
type list struct {
	least, most int
	element     reading
}

func listOf(schema *huma.Schema, element reading) *list {
	l := &list{most: noEnd, element: element}
	if schema.MinItems != nil {
		l.least = *schema.MinItems
	}
	if schema.MaxItems != nil {
		l.most = *schema.MaxItems
	}
	return l
}

func (l *list) read(s *scanner, into reflect.Value) {
	into.Set(reflect.MakeSlice(into.Type(), 0, 4))
	s.take('[')
	for n := 0; !s.failed && !(n == 0 && s.skip(']')); {
		if n++; n > l.most {
			s.fail()
			return
		}
		into.Grow(1)
		into.SetLen(n)
		l.element(s, into.Index(n-1))
		if s.skip(']') {
			break
		}
		s.take(',')
	}
	if into.Len() < l.least {
		s.fail()
	}
}
