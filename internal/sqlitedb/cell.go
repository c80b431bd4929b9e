package sqlitedb

import (
	"bytes"
	"encoding/binary"
	"math"
)

// pageKind is the first byte of a page of a B-tree.
type pageKind byte

const (
	tableLeaf     pageKind = 0x0d
	indexLeaf     pageKind = 0x0a
	indexInterior pageKind = 0x02 // its cells are rows too
)

// maxScavenged bounds a row: no value of ours is near it, and a damaged length
// must not take the memory.
const maxScavenged = 4 << 20

// kindOf reads a page's header and where its cells begin; none where the page
// holds no rows.
func kindOf(header []byte) (pageKind, []uint16) {
	kind, pointers := pageKind(header[0]), 8
	switch kind {
	case indexInterior:
		pointers = 12
	case tableLeaf, indexLeaf:
	default:
		return 0, nil
	}
	count := int(binary.BigEndian.Uint16(header[3:]))
	if pointers+2*count > len(header) {
		return 0, nil
	}
	cells := make([]uint16, count)
	for i := range cells {
		cells[i] = binary.BigEndian.Uint16(header[pointers+2*i:])
	}
	return kind, cells
}

// cell is a row as its page has it.
type cell struct {
	rowid int64
	size  int    // of the row's bytes, wherever they stand
	local int    // how many of them stand in the page
	rest  []byte // from the first of them on
	raw   []byte // all that the page says of the row
}

// cell reads what stands at an offset of a page.
func (s *scavenger) cell(kind pageKind, page []byte, offset int) (c cell, ok bool) {
	if offset >= len(page) {
		return c, false
	}
	rest := page[offset:]
	if kind == indexInterior { // the page to its left
		if len(rest) < 4 {
			return c, false
		}
		rest = rest[4:]
	}
	size, rest, ok := varint(rest)
	if !ok || size > maxScavenged {
		return c, false
	}
	if kind == tableLeaf {
		var rowid uint64
		if rowid, rest, ok = varint(rest); !ok {
			return c, false
		}
		c.rowid = int64(rowid)
	}
	c.size, c.local, c.rest = int(size), s.local(kind, int(size)), rest
	end := c.local
	if c.local < c.size {
		end += 4 // the page where it goes on
	}
	if end > len(rest) {
		return c, false
	}
	c.raw = page[offset : len(page)-len(rest)+end]
	return c, true
}

// row gathers a cell's bytes, those in other pages too, and reads its values.
func (s *scavenger) row(c cell) (row Scavenged, ok bool) {
	payload := c.rest[:c.local]
	if c.local < c.size {
		payload = make([]byte, c.size)
		copy(payload, c.rest[:c.local])
		if !s.overflow(binary.BigEndian.Uint32(c.rest[c.local:]), payload[c.local:]) {
			return row, false
		}
	}
	row.Rowid = c.rowid
	row.Values, ok = record(payload)
	return row, ok
}

// local is how much of a row of a size stands in its own page.
func (s *scavenger) local(kind pageKind, size int) int {
	usable := s.pageSize
	most := usable - 35
	if kind != tableLeaf {
		most = (usable-12)*64/255 - 23
	}
	if size <= most {
		return size
	}
	least := (usable-12)*32/255 - 23
	if k := least + (size-least)%(usable-4); k <= most {
		return k
	}
	return least
}

// record reads the values of a row: a header of types, then the values.
func record(payload []byte) ([]any, bool) {
	headerSize, rest, ok := varint(payload)
	begin := len(payload) - len(rest)
	if !ok || headerSize < uint64(begin) || headerSize > uint64(len(payload)) {
		return nil, false
	}
	types, body := payload[begin:headerSize], payload[headerSize:]
	var values []any
	for len(types) > 0 {
		var kind uint64
		if kind, types, ok = varint(types); !ok {
			return nil, false
		}
		value, size, ok := serial(kind, body)
		if !ok {
			return nil, false
		}
		values = append(values, value)
		body = body[size:]
	}
	return values, len(body) == 0
}

// serial reads one value of a serial type.
func serial(kind uint64, body []byte) (value any, size int, ok bool) {
	switch {
	case kind == 0:
		return nil, 0, true
	case kind == 8 || kind == 9:
		return int64(kind - 8), 0, true
	case kind <= 6:
		size = [...]int{0, 1, 2, 3, 4, 6, 8}[kind]
	case kind == 7:
		size = 8
	case kind >= 12:
		length := (kind - 12) / 2
		if length > uint64(len(body)) {
			return nil, 0, false
		}
		size = int(length)
	default:
		return nil, 0, false // reserved
	}
	if size > len(body) {
		return nil, 0, false
	}
	switch {
	case kind == 7:
		return math.Float64frombits(binary.BigEndian.Uint64(body)), size, true
	case kind < 12:
		return signed(body[:size]), size, true
	case kind%2 == 1:
		return string(body[:size]), size, true
	}
	return bytes.Clone(body[:size]), size, true
}

// signed reads a big-endian two's complement number.
func signed(b []byte) (n int64) {
	if b[0]&0x80 != 0 {
		n = -1
	}
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	return n
}

// varint reads SQLite's variable-length integer: seven bits a byte, most
// significant first, and eight in the ninth.
func varint(b []byte) (n uint64, rest []byte, ok bool) {
	for i, c := range b {
		if i == 8 {
			return n<<8 | uint64(c), b[9:], true
		}
		n = n<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return n, b[i+1:], true
		}
	}
	return 0, nil, false
}
