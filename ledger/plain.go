package ledger

import (
	"strings"
	"unicode/utf8"
)

// Plain reads JSON as Encode writes it: no space, each key once and in the order of the
// fields, strings without escapes, whole numbers. It reads nothing that DecodeJSON would
// not read as the same, ten times as fast; of all else it fails, and DecodeJSON is to be
// asked. What it gave until then is of no use.
type Plain struct {
	text   string // valid UTF-8
	at     int
	failed bool
	// lastProgram and lastUnit are of the balance before: those of most are the same.
	lastProgram, lastUnit string
}

// NewPlain reads a text from its beginning.
func NewPlain(text []byte) *Plain {
	r := &Plain{text: string(text)}
	r.failed = !utf8.ValidString(r.text)
	return r
}

// Whole reports whether all of the text was read, and nothing of it failed.
func (r *Plain) Whole() bool { return !r.failed && r.at == len(r.text) }

// Fail leaves the text to DecodeJSON.
func (r *Plain) Fail() { r.failed = true }

// Skip steps over a byte if it stands here.
func (r *Plain) Skip(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

// Take steps over a byte that has to stand here.
func (r *Plain) Take(c byte) {
	if !r.Skip(c) {
		r.Fail()
	}
}

// Object reads one with at least one field: field reads the value of a name and returns
// its place among all fields, from 1, or 0 where it knows none of the name.
func (r *Plain) Object(field func(name string) int) {
	r.Take('{')
	for last := 0; !r.failed; {
		name := r.Text()
		r.Take(':')
		place := field(name)
		if place <= last {
			r.Fail()
		}
		if r.Skip('}') {
			return
		}
		r.Take(',')
		last = place
	}
}

// PlainList reads an array with at least one element.
func PlainList[T any](r *Plain, element func(*Plain, *T)) []T {
	r.Take('[')
	list := make([]T, 0, r.objects())
	for !r.failed {
		list = append(list, *new(T))
		element(r, &list[len(list)-1])
		if r.Skip(']') {
			return list
		}
		r.Take(',')
	}
	return nil
}

// objects is how many stand up to where an array of them ends, about: it is room that is
// made at once.
func (r *Plain) objects() int {
	end := strings.Index(r.text[r.at:], "}]")
	return 1 + strings.Count(r.text[r.at:r.at+max(0, end)], "},{")
}

// Text reads a string, which is a part of the text.
func (r *Plain) Text() string {
	r.Take('"')
	rest := r.text[r.at:]
	n := strings.IndexByte(rest, '"')
	if n < 0 {
		r.Fail()
		return ""
	}
	for i := range n {
		if rest[i] == '\\' || rest[i] < ' ' {
			r.Fail()
			return ""
		}
	}
	r.at += n + 1
	return rest[:n]
}

// strings reads an array of at least one.
func (r *Plain) strings() (list []string) {
	r.Take('[')
	for !r.failed {
		list = append(list, r.Text())
		if r.Skip(']') {
			return list
		}
		r.Take(',')
	}
	return nil
}

// Number reads up to eighteen digits: an int64 has room for them.
func (r *Plain) Number() (n int64) {
	below := r.Skip('-')
	from := r.at
	for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' && r.at-from < 18 {
		n = 10*n + int64(r.text[r.at]-'0')
		r.at++
	}
	if r.at == from || r.text[from] == '0' && (r.at-from > 1 || below) {
		r.Fail()
	}
	if below {
		n = -n
	}
	return n // what is cut off is no ',' nor '}', and fails
}

// Int reads a number that an int has room for.
func (r *Plain) Int() int {
	n := r.Number()
	if int64(int(n)) != n {
		r.Fail()
	}
	return int(n)
}

// Yes reads true: what is false is not written.
func (r *Plain) Yes() bool {
	if !strings.HasPrefix(r.text[r.at:], "true") {
		r.Fail()
		return false
	}
	r.at += len("true")
	return true
}

// PlainID reads an id.
func PlainID[K any](r *Plain, id *ID[K]) {
	var err error
	if *id, err = ParseID[K](r.Text()); err != nil {
		r.Fail()
	}
}

// Hash reads a hash.
func (r *Plain) Hash() (h Hash) {
	if h.UnmarshalText([]byte(r.Text())) != nil {
		r.Fail()
	}
	return h
}
