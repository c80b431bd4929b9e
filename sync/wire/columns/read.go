package columns

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Decode reads what Encode wrote, byte for byte, where that has at most so many
// bytes; otherwise it is ErrTooLarge, found before the memory is spent.
func Decode(coded []byte, most int) ([]byte, error) {
	size, n := binary.Uvarint(coded)
	if n <= 0 || size > uint64(len(coded)-n) {
		return nil, errDamaged
	}
	plain, err := unpacker().DecodeAll(coded[n:n+int(size)], nil)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return nil, ErrTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("read columns: %w", err)
	}
	return decode(plain, coded[n+int(size):], most)
}

func decode(plain, bits []byte, most int) ([]byte, error) {
	r := &reader{plain: cursor{bytes: plain}, bits: bitReader{bytes: bits}}
	size, err := r.plain.uvarint()
	if err != nil {
		return nil, err
	}
	if size > uint64(most) {
		return nil, ErrTooLarge
	}
	if err := r.heads(); err != nil {
		return nil, err
	}
	r.size, r.steps = int(size), int(size)+maxDepth
	r.out = make([]byte, 0, min(r.size, 64*len(plain)))
	if err := r.lines(); err != nil {
		return nil, err
	}
	return r.out, nil
}

// reader is a message being read.
type reader struct {
	plain  cursor // what is left of it
	bits   bitReader
	shapes [][]part
	reads  []readColumn
	out    []byte
	size   int // that out is to have
	steps  int // how many elements may still come: those without text would take no room
}

// readColumn is a column with what was read of it.
type readColumn struct {
	column
	data    cursor // to come
	told    int64
	last    int64
	stood   span    // the text that stood last
	numbers []int64 // that came, by when they came first
	spans   []span  // texts likewise
}

// span is where a text stands in what was read.
type span struct{ from, to int }

// lines writes the message.
func (r *reader) lines() error {
	if err := r.list(0, '\n', 0); err != nil {
		return err
	}
	if len(r.out) != r.size {
		return errDamaged
	}
	return nil
}

// list writes the elements whose number and shapes stand in a column and the next.
func (r *reader) list(column int, between byte, depth int) error {
	count, err := r.number(column)
	if err != nil {
		return err
	}
	for i := range count {
		if r.steps--; r.steps < 0 {
			return errDamaged
		}
		if i > 0 {
			r.out = append(r.out, between)
		}
		if err := r.element(column+1, depth); err != nil {
			return err
		}
	}
	return nil
}

// element writes one of an array: again, or of a shape that stands in the next column.
func (r *reader) element(column, depth int) error {
	which, err := r.number(column)
	if err != nil {
		return err
	}
	known := r.reads[column].spans
	if which < 0 || which > int64(len(known)) {
		return errDamaged
	}
	if which > 0 {
		s := known[which-1]
		if r.out = append(r.out, r.out[s.from:s.to]...); len(r.out) > r.size {
			return errDamaged
		}
		return nil
	}
	n, err := r.number(column + 1)
	if err != nil || n < 0 || n >= int64(len(r.shapes)) {
		return errDamaged
	}
	from := len(r.out)
	r.reads[column].spans = append(known, span{from, from}) // before those within it, which may be of this column too
	err = r.shape(r.shapes[n], depth)
	r.reads[column].spans[len(known)].to = len(r.out)
	return err
}

// shape writes one, with its values.
func (r *reader) shape(parts []part, depth int) error {
	if depth > maxDepth {
		return errDamaged
	}
	for i := range parts {
		p := &parts[i]
		if r.out = append(r.out, p.literal...); len(r.out) > r.size {
			return errDamaged
		}
		var err error
		switch p.hole {
		case arrayHole:
			err = r.list(p.column, ',', depth+1)
		case textHole, numberHole:
			err = r.value(p.column)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
