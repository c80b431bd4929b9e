package columns

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
)

// Encode writes a message by columns.
func Encode(message []byte) []byte {
	plain, bits := encode(message)
	frame := packer().EncodeAll(plain, nil)
	return append(append(binary.AppendUvarint(nil, uint64(len(frame))), frame...), bits...)
}

// encode returns what is packed, and what is not.
func encode(message []byte) (plain, bits []byte) {
	w := newWriter(message)
	plain = w.forms(binary.AppendUvarint(nil, uint64(len(message))))
	for _, v := range w.values {
		w.value(v)
	}
	for i, c := range w.columns {
		if c.tells() {
			plain = binary.AppendUvarint(plain, uint64(len(w.states[i].data)))
		}
	}
	for _, s := range w.states {
		plain = append(plain, s.data...)
	}
	return plain, w.bits.bytes
}

type writer struct {
	*lexed
	columns []column
	states  []written
	bits    bitWriter
}

// written is what is written of a column so far.
type written struct {
	data []byte
	told int64 // the number that was told last
	last int64 // the number that stood last
}

func newWriter(message []byte) *writer {
	l := lex(message)
	return &writer{lexed: l, columns: l.choose(), states: make([]written, len(l.kinds))}
}

// forms writes shapes and how their columns are told.
func (w *writer) forms(plain []byte) []byte {
	plain = binary.AppendUvarint(plain, uint64(len(w.shapes)))
	plain = w.heads(plain, 0, arrayColumns)
	for _, s := range w.shapes {
		plain = append(binary.AppendUvarint(plain, uint64(len(s.text))), s.text...)
		plain = w.heads(plain, s.first, s.columns())
	}
	return plain
}

// heads writes what is to be known of columns before their values.
func (w *writer) heads(plain []byte, first, count int) []byte {
	for i := first; i < first+count; i++ {
		c := &w.columns[i]
		plain = append(plain, byte(c.form))
		if c.form.isPrefixed() {
			plain = append(binary.AppendUvarint(plain, uint64(len(c.prefix))), c.prefix...)
		}
		if c.form.hasWidth() {
			plain = append(plain, byte(c.width))
		}
		if c.form.isBased() {
			plain = binary.AppendVarint(plain, int64(i-c.base))
		}
		if c.form&same != 0 {
			plain, _ = w.whole(plain, c, 0, c.only)
		}
	}
	return plain
}

// value writes one, in the order in which they stand.
func (w *writer) value(v value) {
	c, s := &w.columns[v.column], &w.states[v.column]
	s.last = v.number
	if !c.tells() {
		return
	}
	if c.form.isBased() {
		s.data = binary.AppendVarint(s.data, v.number-w.states[c.base].last)
		return
	}
	if c.form&indexed != 0 {
		if !v.fresh {
			s.data = binary.AppendUvarint(s.data, uint64(v.entry))
			return
		}
		s.data = append(s.data, 0)
	}
	if c.form&plain != 0 {
		s.told = 0
	}
	s.data, s.told = w.whole(s.data, c, s.told, v.number)
}

// whole tells a value, after the number that its column told before, and returns its
// own.
func (w *writer) whole(plain []byte, c *column, before, number int64) (_ []byte, told int64) {
	if c.form.isNumber() {
		return binary.AppendVarint(plain, number-before), number
	}
	text := w.texts[number]
	if c.form.isBased() {
		text = text[:c.width]
	}
	switch c.form.bare() {
	case uuid7:
		id, _ := readUUID(text[len(c.prefix):])
		high, low := halves(id)
		told = int64(high >> 12)
		w.bits.write(high, 12)
		w.bits.write(low, 62)
		return binary.AppendVarint(plain, told-before), told
	case uuidN:
		id, _ := readUUID(text[len(c.prefix):])
		high, low := halves(id)
		w.bits.write(high, 60)
		w.bits.write(low, 62)
	case hexed:
		raw, _ := hex.DecodeString(string(text)) // the form was chosen by that
		w.bits.writeBytes(raw)
	case base64ed:
		raw, _ := base64.StdEncoding.DecodeString(string(text)) // likewise
		plain = binary.AppendUvarint(plain, uint64(len(raw)))
		w.bits.writeBytes(raw)
	default:
		plain = append(binary.AppendUvarint(plain, uint64(len(text))), text...)
	}
	return plain, 0
}
