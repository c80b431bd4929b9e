package offline

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
)

// tailBytes is how much of a pile is in memory until it is written: of a heap that is
// like all others about 16 KiB at once.
const tailBytes = 4 << 20

// pile is more bytes than memory should hold, in heaps, in a file. What is put on a heap
// stays in memory until flush.
type pile struct {
	file  *os.File
	size  int64
	heaps [256]heap
	tails int // bytes, of all heaps
}

type heap struct {
	tail   []byte // not yet in the file
	chunks []chunk
	size   int // of all chunks
}

// chunk is a part of a heap in the file.
type chunk struct {
	at   int64
	size int
}

// newPile makes one in a file that has no name any more.
func newPile(dir string) (*pile, error) {
	f, err := namelessFile(dir)
	if err != nil {
		return nil, err
	}
	return &pile{file: f}, nil
}

func namelessFile(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "directory-rows-")
	if err != nil {
		return nil, fmt.Errorf("build directory: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close() // nothing was written
		return nil, fmt.Errorf("build directory: %w", err)
	}
	return f, nil
}

func (p *pile) close() { p.file.Close() } // nothing in it is missed

// add puts on a heap what a function appends.
func (p *pile) add(i byte, put func([]byte) []byte) {
	h := &p.heaps[i]
	before := len(h.tail)
	h.tail = put(h.tail)
	p.tails += len(h.tail) - before
}

// flush writes what is in memory behind what a caller has to say of it. After an error all
// is as it was.
func (p *pile) flush(before ...[]byte) error {
	w := bufio.NewWriterSize(io.NewOffsetWriter(p.file, p.size), 64<<10)
	at := p.size
	for _, part := range before {
		w.Write(part) // Flush tells
		at += int64(len(part))
	}
	for i := range p.heaps {
		w.Write(p.heaps[i].tail)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("build directory: %w", err)
	}
	p.size = at
	for i := range p.heaps {
		h := &p.heaps[i]
		p.stands(i, len(h.tail))
		h.tail = h.tail[:0]
	}
	p.tails = 0
	return nil
}

// stands notes that so much of a heap is what the file has next.
func (p *pile) stands(i, size int) {
	if size == 0 {
		return
	}
	h := &p.heaps[i]
	h.chunks = append(h.chunks, chunk{at: p.size, size: size})
	h.size += size
	p.size += int64(size)
}

// heap gives all of a heap, in the order in which it came, in the place of what is
// given.
func (p *pile) heap(i int, in []byte) ([]byte, error) {
	h := &p.heaps[i]
	in = slices.Grow(in[:0], h.size+len(h.tail))
	for _, c := range h.chunks {
		end := len(in) + c.size
		if _, err := p.file.ReadAt(in[len(in):end], c.at); err != nil {
			return nil, fmt.Errorf("build directory: %w", err)
		}
		in = in[:end]
	}
	return append(in, h.tail...), nil
}
