package columns

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// value writes the next value of a column.
func (r *reader) value(at int) (err error) {
	c := &r.reads[at]
	if c.form.isNumber() {
		n, err := r.number(at)
		if err != nil {
			return err
		}
		r.out, err = c.appendNumber(r.out, n)
		return err
	}
	from := len(r.out)
	switch {
	case c.form.isBased():
		s := r.reads[c.base].stood
		r.out = append(append(r.out, c.text...), r.out[s.from:s.to]...)
	case c.form&indexed != 0:
		err = r.entered(c)
	default:
		r.out, c.told, err = r.whole(r.out, &c.data, &c.column, c.told)
	}
	c.stood = span{from, len(r.out)}
	return err
}

// entered writes a value that may have come before.
func (r *reader) entered(c *readColumn) error {
	n, err := c.data.uvarint()
	if err != nil || n > uint64(len(c.spans)) {
		return errDamaged
	}
	if n > 0 {
		s := c.spans[n-1]
		r.out = append(r.out, r.out[s.from:s.to]...)
		return nil
	}
	from := len(r.out)
	r.out, c.told, err = r.whole(r.out, &c.data, &c.column, c.told)
	c.spans = append(c.spans, span{from, len(r.out)})
	return err
}

// number reads the next number of a column.
func (r *reader) number(at int) (n int64, err error) {
	c := &r.reads[at]
	switch {
	case !c.form.isNumber():
		return 0, errDamaged
	case c.form == based|same|c.form.bare():
		n = r.reads[c.base].last + c.only
	case c.form.isBased():
		n, err = c.data.varint()
		n += r.reads[c.base].last
	case c.form&same != 0:
		n = c.only
	case c.form&indexed != 0:
		n, err = c.enteredNumber()
	case c.form&plain != 0:
		n, err = c.data.varint()
	default:
		n, err = c.next()
	}
	c.last = n
	return n, err
}

// next reads a number that is told after the one before.
func (c *readColumn) next() (int64, error) {
	n, err := c.data.varint()
	c.told += n
	return c.told, err
}

// enteredNumber reads one that may have come before.
func (c *readColumn) enteredNumber() (int64, error) {
	n, err := c.data.uvarint()
	if err != nil || n > uint64(len(c.numbers)) {
		return 0, errDamaged
	}
	if n > 0 {
		return c.numbers[n-1], nil
	}
	number, err := c.next()
	c.numbers = append(c.numbers, number)
	return number, err
}

// appendNumber writes a number's text.
func (c *column) appendNumber(out []byte, n int64) ([]byte, error) {
	if !c.form.isNumeral() {
		return strconv.AppendInt(out, n, 10), nil
	}
	var digits [maxDigits]byte
	for i := range c.width {
		digits[c.width-1-i] = byte('0' + n%10)
		n /= 10
	}
	if n != 0 || digits[0] < '0' {
		return nil, errDamaged
	}
	return append(append(out, c.prefix...), digits[:c.width]...), nil
}

// appendOnly writes the one value that a column has.
func (c *column) appendOnly(out []byte) []byte {
	if c.form.isNumber() {
		return strconv.AppendInt(out, c.only, 10)
	}
	return append(out, c.text...)
}

// whole writes a value that is told by itself. It returns the number that it told.
func (r *reader) whole(out []byte, from *cursor, c *column, before int64) (_ []byte, told int64, err error) {
	switch c.form.bare() {
	case uuid7:
		told, err = from.varint()
		told += before
		if err != nil || told < 0 || told >= 1<<48 {
			return nil, 0, errDamaged
		}
		out, err = r.uuid(append(out, c.prefix...), 7, uint64(told))
	case uuidN:
		high, ok := r.bits.read(48)
		if !ok {
			return nil, 0, errDamaged
		}
		out, err = r.uuid(append(out, c.prefix...), c.width, high)
	case hexed:
		raw, ok := r.bits.readBytes(uint64(c.width))
		if !ok {
			return nil, 0, errDamaged
		}
		out = hex.AppendEncode(out, raw)
	case base64ed:
		out, err = r.base64(out, from)
	case verbatim:
		var text []byte
		text, err = from.text()
		out = append(out, text...)
	default:
		told, err = from.varint()
	}
	return out, told, err
}

// uuid writes one of a version that begins with 48 bits.
func (r *reader) uuid(out []byte, version int, high uint64) ([]byte, error) {
	middle, ok := r.bits.read(12)
	low, more := r.bits.read(62)
	if !ok || !more {
		return nil, errDamaged
	}
	return appendUUID(out, joined(version, high<<12|middle, low)), nil
}

func (r *reader) base64(out []byte, from *cursor) ([]byte, error) {
	size, err := from.uvarint()
	if err != nil {
		return nil, err
	}
	raw, ok := r.bits.readBytes(size)
	if !ok {
		return nil, errDamaged
	}
	return base64.StdEncoding.AppendEncode(out, raw), nil
}
