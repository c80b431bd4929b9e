package powercut

import (
	"math/rand/v2"
	"slices"
)

const (
	// pageBytes is what the system writes to the disk as a whole, and what it
	// remembers to be written.
	pageBytes = 4096
	// sectorBytes is what the disk writes as a whole.
	sectorBytes = 512
)

// standing is what becomes of a page of the page cache.
type standing byte

const (
	clean  standing = iota
	dirty           // the next sync writes it, and the system may at any time
	doomed          // its sync failed: the system takes it for written
)

// file is a file as programs see it and as the disk has it.
type file struct {
	cache, disk []byte
	pages       []standing // of cache
	named       bool       // its name is on disk
	gone        bool       // deleted, and that may not be on disk yet
}

func (f *file) write(data []byte, at int64, random *rand.Rand) {
	end := at + int64(len(data))
	first := min(at, int64(len(f.cache))) / pageBytes
	f.resize(max(int64(len(f.cache)), end))
	for page := first; page <= (end-1)/pageBytes; page++ {
		if f.pages[page] == dirty && random.IntN(4) == 0 {
			f.flush(page, random)
		}
		f.pages[page] = dirty
	}
	copy(f.cache[at:], data)
}

// resize makes the cache so long; what is new is zero.
func (f *file) resize(size int64) {
	f.cache = resized(f.cache, int(size))
	pages := int((size + pageBytes - 1) / pageBytes)
	for len(f.pages) < pages {
		f.pages = append(f.pages, clean)
	}
	f.pages = f.pages[:pages]
}

// resized cuts bytes off, or adds zeros.
func resized(b []byte, size int) []byte {
	had := len(b)
	b = slices.Grow(b, max(0, size-had))[:size]
	if size > had {
		clear(b[had:])
	}
	return b
}

// flush is the system writing some of a page by itself, before it changes again.
func (f *file) flush(page int64, random *rand.Rand) {
	for at := page * pageBytes; at < (page+1)*pageBytes && at < int64(len(f.disk)) && at < int64(len(f.cache)); at += sectorBytes {
		if random.IntN(2) == 0 {
			copy(sector(f.disk, at), sector(f.cache, at))
		}
	}
}

// sync makes the file what programs see, but for pages that are doomed.
func (f *file) sync() {
	f.disk = resized(f.disk, len(f.cache))
	for page, is := range f.pages {
		if is == dirty {
			at := page * pageBytes
			copy(f.disk[at:], f.cache[at:min(at+pageBytes, len(f.cache))])
			f.pages[page] = clean
		}
	}
}

// failSync is a sync that failed: the system may forget that pages were to be
// written, and goes on showing them.
func (f *file) failSync(random *rand.Rand) {
	if random.IntN(2) == 0 {
		return
	}
	for page, is := range f.pages {
		if is == dirty {
			f.pages[page] = doomed
		}
	}
}

func sector(of []byte, at int64) []byte { return of[at:min(at+sectorBytes, int64(len(of)))] }
