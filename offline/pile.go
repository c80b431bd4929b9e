package offline

import (
	"bytes"
	"fmt"
	"io"
	"os"
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
	chunks []io.Reader
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
	h.chunks = append(h.chunks, io.NewSectionReader(p.file, p.size, int64(len(h.tail))))
	p.size += int64(len(h.tail))
	h.tail = h.tail[:0]
	return nil
}

// heap gives all of a heap, in the order in which it came.
func (p *pile) heap(i int) ([]byte, error) {
	h := &p.heaps[i]
	all, err := io.ReadAll(io.MultiReader(append(h.chunks, bytes.NewReader(h.tail))...))
	if err != nil {
		return nil, fmt.Errorf("build directory: %w", err)
	}
	return all, nil
}
