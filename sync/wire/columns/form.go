package columns

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/google/uuid"
)

// maxDigits bounds those of a numeral.
const maxDigits = 18

// form is how the values of a column are written.
type form byte

const (
	empty form = iota
	// number is told as the difference to the one that the column told before.
	number
	// numeral is text that ends in digits, as many in each value, with the same before
	// them. It is told as its digits' number.
	numeral
	verbatim
	uuid7    // RFC 9562 §5.7: its milliseconds are told as a number, the rest as bits; all with the same before them
	uuidN    // any other version
	hexed    // lower case, all of the same length
	base64ed // RFC 4648 §4, with padding
	forms    // how many there are

	// same says that there is one value, or one difference, which stands with the form.
	same form = 1 << 4
	// indexed says that each value is told as the number of one before, from 1, or as
	// 0 and itself.
	indexed form = 1 << 5
	// based says that numbers are told as the difference to what was read last of
	// another column. Texts that are based are verbatim and the same: what stands with
	// the form, and behind it the other's.
	based form = 1 << 6
	// plain says that numbers are told by themselves.
	plain form = 1 << 7
)

func (f form) bare() form      { return f &^ (same | indexed | based | plain) }
func (f form) isNumber() bool  { return f.bare() == number || f.bare() == numeral }
func (f form) isNumeral() bool { return f.bare() == numeral }
func (f form) isBased() bool   { return f&based != 0 }
func (f form) isPrefixed() bool {
	return f.bare() == numeral || f.bare() == uuid7 || f.bare() == uuidN
}

func (f form) hasWidth() bool {
	return f.bare() == numeral || f.bare() == uuidN || f.bare() == hexed
}

// column is one with how it is written.
type column struct {
	form   form
	base   int    // where it is based
	prefix []byte // of numerals and UUIDs
	width  int    // digits of numerals, bytes of hexed, version of UUIDs, of a based text what is its own
	only   int64  // where it is the same: the number, the difference, or which text
	text   []byte // that text, as it was read
}

// tells reports whether the column tells values one by one.
func (c *column) tells() bool { return c.form != empty && c.form&same == 0 }

// constant reports whether all its values are one.
func (c *column) constant() bool { return c.form&same != 0 && !c.form.isBased() }

// textForm finds the form of texts that differ.
func textForm(texts [][]byte) column {
	for _, candidate := range []column{uuidForm(texts[0]), {form: hexed, width: len(texts[0]) / 2}, numeralForm(texts), {form: base64ed}} {
		if candidate.form != verbatim && candidate.fits(texts) {
			return candidate
		}
	}
	return column{form: verbatim}
}

func (c *column) fits(texts [][]byte) bool {
	for _, text := range texts {
		if !c.fitsOne(text) {
			return false
		}
	}
	return true
}

func (c *column) fitsOne(text []byte) bool {
	switch c.form {
	case uuid7, uuidN:
		text, ok := bytes.CutPrefix(text, c.prefix)
		id, isID := readUUID(text)
		return ok && isID && int(id.Version()) == c.width
	case hexed:
		return c.width >= 4 && c.width <= 64 && len(text) == 2*c.width && isHex(text)
	case base64ed:
		raw, err := base64.StdEncoding.Strict().DecodeString(string(text))
		return err == nil && len(raw) >= 16
	}
	return true // a numeral was looked at
}

func isHex(text []byte) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

const uuidLength = 36

// readUUID reads a UUID of the usual variant, as we write them.
func readUUID(text []byte) (id uuid.UUID, ok bool) {
	if len(text) != uuidLength {
		return id, false
	}
	id, err := uuid.ParseBytes(text)
	return id, err == nil && id.Variant() == uuid.RFC4122 && id.String() == string(text)
}

func uuidForm(text []byte) column {
	cut := max(0, len(text)-uuidLength)
	id, ok := readUUID(text[cut:])
	switch {
	case !ok:
		return column{form: verbatim}
	case id.Version() == 7:
		return column{form: uuid7, prefix: text[:cut], width: 7}
	}
	return column{form: uuidN, prefix: text[:cut], width: int(id.Version())}
}

// numeralForm finds what differing texts begin with and how many digits follow.
func numeralForm(texts [][]byte) column {
	prefix := texts[0]
	for _, text := range texts {
		n := 0
		for n < len(prefix) && n < len(text) && prefix[n] == text[n] {
			n++
		}
		prefix = prefix[:n]
	}
	width := len(texts[0]) - len(prefix)
	for _, text := range texts {
		if len(text) != len(texts[0]) || !isDigits(text[len(prefix):]) {
			return column{form: verbatim}
		}
	}
	if width < 1 || width > maxDigits {
		return column{form: verbatim}
	}
	return column{form: numeral, prefix: prefix, width: width}
}

func isDigits(text []byte) bool { return len(bytes.Trim(text, "0123456789")) == 0 }

// digits returns a numeral's number.
func (c *column) digits(text []byte) int64 {
	n, _ := strconv.ParseInt(string(text[len(c.prefix):]), 10, 64) // it has digits alone, 18 at most
	return n
}

// halves are a UUID's bits without version and variant: 60 and 62 of them.
func halves(id uuid.UUID) (high, low uint64) {
	high, low = binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	return high>>16<<12 | high&0xfff, low &^ (3 << 62)
}

// joined is the UUID of a version that has these bits.
func joined(version int, high, low uint64) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[:8], high>>12<<16|uint64(version)<<12|high&0xfff)
	binary.BigEndian.PutUint64(id[8:], low&^(3<<62)|1<<63)
	return id
}

func appendUUID(out []byte, id uuid.UUID) []byte {
	from := 0
	for _, to := range []int{4, 6, 8, 10} {
		out = append(hex.AppendEncode(out, id[from:to]), '-')
		from = to
	}
	return hex.AppendEncode(out, id[from:])
}
