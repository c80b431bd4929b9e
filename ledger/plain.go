package ledger

import "strings"

// plain reads text as Encode writes it: no space, each key once and in the order of the
// fields, strings without escapes, whole numbers. It reads nothing that DecodeJSON would
// not read as the same, ten times as fast; of all else it says failed, and DecodeJSON
// is to be asked. Strings are parts of the text.
type plain struct {
	text   string // valid UTF-8
	at     int
	failed bool
	// lastProgram and lastUnit are of the balance before: those of most are the same.
	lastProgram, lastUnit string
}

func (r *plain) fail() { r.failed = true }

// skip steps over a byte if it stands here.
func (r *plain) skip(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *plain) take(c byte) {
	if !r.skip(c) {
		r.fail()
	}
}

// object reads one with at least one field: field reads the value of a name and returns
// its place among all fields, from 1, or 0 where it knows none of the name.
func (r *plain) object(field func(name string) int) {
	r.take('{')
	for last := 0; !r.failed; {
		name := r.string()
		r.take(':')
		place := field(name)
		if place <= last {
			r.fail()
		}
		if r.skip('}') {
			return
		}
		r.take(',')
		last = place
	}
}

// plainList reads an array with at least one element.
func plainList[T any](r *plain, element func(*plain, *T)) []T {
	r.take('[')
	list := make([]T, 0, r.objects())
	for !r.failed {
		list = append(list, *new(T))
		element(r, &list[len(list)-1])
		if r.skip(']') {
			return list
		}
		r.take(',')
	}
	return nil
}

// objects is how many stand up to where an array of them ends, about: it is room that is
// made at once.
func (r *plain) objects() int {
	end := strings.Index(r.text[r.at:], "}]")
	return 1 + strings.Count(r.text[r.at:r.at+max(0, end)], "},{")
}

func (r *plain) string() string {
	r.take('"')
	rest := r.text[r.at:]
	n := strings.IndexByte(rest, '"')
	if n < 0 {
		r.fail()
		return ""
	}
	for i := range n {
		if rest[i] == '\\' || rest[i] < ' ' {
			r.fail()
			return ""
		}
	}
	r.at += n + 1
	return rest[:n]
}

// strings reads an array of at least one.
func (r *plain) strings() (list []string) {
	r.take('[')
	for !r.failed {
		list = append(list, r.string())
		if r.skip(']') {
			return list
		}
		r.take(',')
	}
	return nil
}

// number reads up to eighteen digits: an int64 has room for them.
func (r *plain) number() (n int64) {
	below := r.skip('-')
	from := r.at
	for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' && r.at-from < 18 {
		n = 10*n + int64(r.text[r.at]-'0')
		r.at++
	}
	if r.at == from || r.text[from] == '0' && (r.at-from > 1 || below) {
		r.fail()
	}
	if below {
		n = -n
	}
	return n // what is cut off is no ',' nor '}', and fails
}

func (r *plain) int() int {
	n := r.number()
	if int64(int(n)) != n {
		r.fail()
	}
	return int(n)
}

// yes reads true: what is false is not written.
func (r *plain) yes() bool {
	if !strings.HasPrefix(r.text[r.at:], "true") {
		r.fail()
		return false
	}
	r.at += len("true")
	return true
}

func plainID[K any](r *plain) ID[K] {
	id, err := ParseID[K](r.string())
	if err != nil {
		r.fail()
	}
	return id
}

func (r *plain) hash() (h Hash) {
	if h.UnmarshalText([]byte(r.string())) != nil {
		r.fail()
	}
	return h
}
