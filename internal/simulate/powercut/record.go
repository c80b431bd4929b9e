package powercut

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Record is every operation since it began.
type Record struct {
	ops   []Op
	began map[string]*file
}

// Record begins to keep operations.
func (d *Disk) Record() *Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &Record{began: clone(d.files)}
	d.log = &r.ops
	return r
}

// Len is how many operations it has.
func (r *Record) Len() int { return len(r.ops) }

// Image puts into an empty folder what is left of the files behind the first so
// many operations.
func (r *Record) Image(ops int, end End, dir string, random *rand.Rand) error {
	d := &Disk{dir: dir, random: random, files: clone(r.began)}
	for _, op := range r.ops[:ops] {
		d.apply(op)
	}
	d.files = after(d.files, end, random)
	if err := d.lay(); err != nil {
		return fmt.Errorf("image behind operation %d: %w", ops, err)
	}
	return nil
}

func clone(files map[string]*file) map[string]*file {
	copied := make(map[string]*file, len(files))
	for name, f := range files {
		is := *f
		is.cache, is.disk, is.pages = slices.Clone(f.cache), slices.Clone(f.disk), slices.Clone(f.pages)
		copied[name] = &is
	}
	return copied
}
