package plain

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

// text is what a string may be.
type text struct {
	least, most int // in letters
	pattern     *regexp.Regexp
	one         []any // of these; any where it is nil
	uuid        bool
}

// noEnd is longer than any request.
const noEnd = 1 << 40

func textOf(schema *huma.Schema) *text {
	t := &text{most: noEnd, one: schema.Enum, uuid: schema.Format == "uuid"}
	if schema.MinLength != nil {
		t.least = *schema.MinLength
	}
	if schema.MaxLength != nil {
		t.most = *schema.MaxLength
	}
	if schema.Pattern != "" {
		t.pattern = regexp.MustCompile(schema.Pattern) // huma did too
	}
	return t
}

// fits reports whether a string is one of them.
func (t *text) fits(value string) bool {
	if t.uuid && (len(value) != 36 || uuid.Validate(value) != nil) { // in its one usual form
		return false
	}
	if letters := utf8.RuneCountInString(value); letters < t.least || letters > t.most {
		return false
	}
	return (t.pattern == nil || t.pattern.MatchString(value)) && (t.one == nil || slices.Contains(t.one, any(value)))
}

// read keeps a copy: a request is not kept for the sake of one of its words.
func (t *text) read(s *scanner, into reflect.Value) {
	value := s.string()
	if !t.fits(value) {
		s.fail()
		return
	}
	into.SetString(strings.Clone(value))
}
