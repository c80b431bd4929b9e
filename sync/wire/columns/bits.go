package columns

import "encoding/binary"

// bitWriter writes numbers of some bits one behind the other, highest bit first.
type bitWriter struct {
	bytes []byte
	free  uint // bits of the last byte
}

func (w *bitWriter) write(n uint64, bits uint) {
	for bits > 0 {
		if w.free == 0 {
			w.bytes, w.free = append(w.bytes, 0), 8
		}
		take := min(bits, w.free)
		part := byte(n >> (bits - take) & (1<<take - 1))
		w.free, bits = w.free-take, bits-take
		w.bytes[len(w.bytes)-1] |= part << w.free
	}
}

func (w *bitWriter) writeBytes(raw []byte) {
	for _, b := range raw {
		w.write(uint64(b), 8)
	}
}

// bitReader reads what a bitWriter wrote.
type bitReader struct {
	bytes []byte
	at    uint64 // bits that were read
}

// read takes so many bits, at most 64; false where there are not so many.
func (r *bitReader) read(bits uint) (n uint64, ok bool) {
	if r.at+uint64(bits) > 8*uint64(len(r.bytes)) {
		return 0, false
	}
	rest, read := r.bytes[r.at/8:], uint(r.at%8)
	r.at += uint64(bits)
	if len(rest) < 9 {
		var last [9]byte
		copy(last[:], rest)
		rest = last[:]
	}
	n = binary.BigEndian.Uint64(rest)<<read | uint64(rest[8])>>(8-read)
	return n >> (64 - bits), true
}

// readBytes takes so many bytes.
func (r *bitReader) readBytes(size uint64) (raw []byte, ok bool) {
	if size > uint64(len(r.bytes)) {
		return nil, false
	}
	raw = make([]byte, 0, size+7)
	for uint64(len(raw)) < size {
		some := min(size-uint64(len(raw)), 8)
		n, ok := r.read(8 * uint(some))
		if !ok {
			return nil, false
		}
		raw = binary.BigEndian.AppendUint64(raw, n<<(64-8*some))[:uint64(len(raw))+some]
	}
	return raw, true
}
