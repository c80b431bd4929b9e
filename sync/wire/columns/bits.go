package columns

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
	left  uint // bits of the first byte; 0 means all of them
}

// read takes so many bits, at most 64; false where there are not so many.
func (r *bitReader) read(bits uint) (n uint64, ok bool) {
	for bits > 0 {
		if len(r.bytes) == 0 {
			return 0, false
		}
		if r.left == 0 {
			r.left = 8
		}
		take := min(bits, r.left)
		r.left, bits = r.left-take, bits-take
		n = n<<take | uint64(r.bytes[0]>>r.left&(1<<take-1))
		if r.left == 0 {
			r.bytes = r.bytes[1:]
		}
	}
	return n, true
}

func (r *bitReader) readBytes(size uint64) (raw []byte, ok bool) {
	if size > uint64(len(r.bytes)) {
		return nil, false
	}
	raw = make([]byte, size)
	for i := range raw {
		b, ok := r.read(8)
		if !ok {
			return nil, false
		}
		raw[i] = byte(b)
	}
	return raw, true
}
