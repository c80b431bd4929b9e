package ledger

import (
	"bytes"
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
func DecodeJSON(data []byte, into any) error {
	if err := checkJSON(data); err != nil {
		return err
	}
	return decodeChecked(data, into)
}

// decodeChecked is DecodeJSON of what checkJSON has seen.
func decodeChecked(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// checkJSON walks one value and refuses what DecodeJSON says.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("read json: invalid UTF-8")
	}
	if !json.Valid(data) {
		return errors.New("read json: not one well-formed value")
	}
	w := walker{data: data}
	return w.value(0)
}

// walker goes over JSON already known to be well formed.
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
	var few [16]string
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
		seen = append(seen, string(key))
		w.space()
		w.at++ // ':'
		if err := w.value(depth + 1); err != nil {
			return err
		}
	}
}

// checkKey admits only keys of our own alphabet: with lower-case ASCII alone,
// the standard decoder's folding of case cannot match two keys to one field.
func checkKey(key []byte, seen []string) error {
	for _, c := range key {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return fmt.Errorf("read json: key %q: want a-z, 0-9 and _", key)
		}
	}
	for _, other := range seen {
		if other == string(key) {
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
