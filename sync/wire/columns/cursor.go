package columns

import "encoding/binary"

// cursor is bytes that are read one behind the other.
type cursor struct {
	bytes []byte
	at    int
}

func (c *cursor) uvarint() (uint64, error) {
	if c.at < len(c.bytes) && c.bytes[c.at] < 0x80 { // most are
		c.at++
		return uint64(c.bytes[c.at-1]), nil
	}
	v, n := binary.Uvarint(c.bytes[c.at:])
	if n <= 0 {
		return 0, errDamaged
	}
	c.at += n
	return v, nil
}

func (c *cursor) varint() (int64, error) {
	v, err := c.uvarint()
	return int64(v>>1) ^ -int64(v&1), err
}

// take reads so many bytes.
func (c *cursor) take(size uint64) ([]byte, error) {
	if size > uint64(c.left()) {
		return nil, errDamaged
	}
	from := c.at
	c.at += int(size)
	return c.bytes[from:c.at:c.at], nil
}

// text reads what has its size before it.
func (c *cursor) text() ([]byte, error) {
	size, err := c.uvarint()
	if err != nil {
		return nil, err
	}
	return c.take(size)
}

func (c *cursor) left() int { return len(c.bytes) - c.at }
