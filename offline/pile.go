package offline

import (
	"fmt"
	"os"
	"slices"
)

// chunkBytes is how much of a heap is written at once.
const chunkBytes = 16 << 10

// pile is more bytes than memory should hold, in heaps, in a file that has no name
// any more.
type pile struct {
	file  *os.File
	size  int64
	heaps [256]heap
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

func newPile(dir string) (*pile, error) {
	f, err := os.CreateTemp(dir, "directory-rows-")
	if err != nil {
		return nil, fmt.Errorf("build directory: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close() // nothing was written
		return nil, fmt.Errorf("build directory: %w", err)
	}
	return &pile{file: f}, nil
}

func (p *pile) close() { p.file.Close() } // nothing in it is missed

// add puts on a heap what a function appends.
func (p *pile) add(i byte, put func([]byte) []byte) error {
	h := &p.heaps[i]
	h.tail = put(h.tail)
	if len(h.tail) < chunkBytes {
		return nil
	}
	if _, err := p.file.WriteAt(h.tail, p.size); err != nil {
		return fmt.Errorf("build directory: %w", err)
	}
	h.chunks = append(h.chunks, chunk{at: p.size, size: len(h.tail)})
	h.size += len(h.tail)
	p.size += int64(len(h.tail))
	h.tail = h.tail[:0]
	return nil
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
