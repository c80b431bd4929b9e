package ledger

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds how deep our JSON nests; entries reach 5.
const maxDepth = 16

// DecodeJSON decodes one JSON value as strictly as money needs: the standard
// decoder takes a key twice (the last wins), keys in other case, invalid
// UTF-8, fractions and a second value after the first. All are refused, as
// are keys that the value has no field for.
//
// Of data that is refused, into may have some.
func DecodeJSON(data []byte, into any) error { return decodeWithin(data, into, 0) }

// decodeWithin decodes a value that stands so deep in another.
func decodeWithin(data []byte, into any, depth int) error {
	if !utf8.Valid(data) {
		return errNotText
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return cmp.Or(checkJSON(data), err)
	}
	return walk(data, depth)
}

// checkJSON refuses what DecodeJSON says of any value.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errNotText
	}
	if !json.Valid(data) {
		return errNotOne
	}
	return walk(data, 0)
}

var (
	errNotText = errors.New("read json: invalid UTF-8")
	errNotOne  = errors.New("read json: not one well-formed value")
)

// walk goes over one value that is well formed and stands so deep in another, and
// refuses what is not as strict as it must be, and what stands behind it.
func walk(data []byte, depth int) error {
	w := walker{data: data}
	if err := w.value(depth); err != nil {
		return err
	}
	if w.space(); w.at < len(data) {
		return errNotOne
	}
	return nil
}

// walker goes over a value already known to be well formed. It is where reading an
// entry would spend its time, so it allocates nothing.
type walker struct {
	data []byte
	at   int
}

func (w *walker) value(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("read json: nested deeper than %d", maxDepth)
	}
	w.space()
	switch c := w.data[w.at]; {
	case c == '{':
		return w.object(depth)
	case c == '[':
		return w.array(depth)
	case c == '"':
		w.text()
		return nil
	case c == '-' || c >= '0' && c <= '9':
		return w.number()
	}
	for w.at < len(w.data) && w.data[w.at] >= 'a' && w.data[w.at] <= 'z' {
		w.at++ // true, false, null
	}
	return nil
}

func (w *walker) object(depth int) error {
	var few [16][]byte
	seen := few[:0]
	w.at++
	for {
		w.space()
		switch w.data[w.at] {
		case '}':
			w.at++
			return nil
		case ',':
			w.at++
			continue
		}
		key := w.text()
		if err := checkKey(key, seen); err != nil {
			return err
		}
		seen = append(seen, key)
		w.space()
		w.at++ // ':'
		if err := w.value(depth + 1); err != nil {
			return err
		}
	}
}

// checkKey admits only keys of our own alphabet: with lower-case ASCII alone,
// the standard decoder's folding of case cannot match two keys to one field.
func checkKey(key []byte, seen [][]byte) error {
	for _, c := range key {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return fmt.Errorf("read json: key %q: want a-z, 0-9 and _", key)
		}
	}
	for _, other := range seen {
		if bytes.Equal(other, key) {
			return fmt.Errorf("read json: key %q stands twice", key)
		}
	}
	return nil
}

func (w *walker) array(depth int) error {
	w.at++
	for {
		w.space()
		switch w.data[w.at] {
		case ']':
			w.at++
			return nil
		case ',':
			w.at++
			continue
		}
		if err := w.value(depth + 1); err != nil {
			return err
		}
	}
}

// text steps over a string and returns what stands between its quotes.
func (w *walker) text() []byte {
	w.at++
	from := w.at
	for w.data[w.at] != '"' {
		if w.data[w.at] == '\\' {
			w.at++
		}
		w.at++
	}
	w.at++
	return w.data[from : w.at-1]
}

func (w *walker) number() error {
	for w.at < len(w.data) {
		switch c := w.data[w.at]; {
		case c == '.' || c == 'e' || c == 'E':
			return errors.New("read json: a fraction where only whole numbers stand")
		case c == '-' || c >= '0' && c <= '9':
			w.at++
		default:
			return nil
		}
	}
	return nil
}

func (w *walker) space() {
	for w.at < len(w.data) {
		switch w.data[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return
		}
	}
}
