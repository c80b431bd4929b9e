package powercut

import (
	"bytes"
	"math/rand/v2"
	"slices"
)

// End is how a machine ends.
type End int

const (
	// Killed is a process killed: the system still has all that was written.
	Killed End = iota
	// Kept is a power cut just after the system had written everything.
	Kept
	// Lost is a power cut before it wrote anything that was not synced.
	Lost
	// Torn is one in the middle: of what was not synced each sector is written,
	// not written, or spoiled.
	Torn
)

func (e End) String() string {
	return [...]string{"killed", "cut, all kept", "cut, all lost", "cut, torn"}[e]
}

// after is the file behind a power cut; nil where there is none.
func (f *file) after(end End, random *rand.Rand) *file {
	kept := end == Kept || end == Torn && random.IntN(2) == 0 // of names and sizes
	if f.gone && kept || !f.named && !kept {
		return nil
	}
	content := slices.Clone(f.disk)
	if end != Lost {
		content = f.settled(end, kept, random)
	}
	is := &file{cache: content, disk: slices.Clone(content), named: true}
	is.resize(int64(len(content)))
	return is
}

// settled is the content with what became of each sector of unwritten pages.
func (f *file) settled(end End, kept bool, random *rand.Rand) []byte {
	size := len(f.disk)
	if kept && !f.gone {
		size = len(f.cache)
	}
	content := make([]byte, size)
	copy(content, f.disk)
	for at := int64(0); at < int64(min(size, len(f.cache))); at += sectorBytes {
		is := f.pages[at/pageBytes]
		if is == clean {
			continue
		}
		was, would := sector(content, at), sector(f.cache, at)
		if end == Kept && is == dirty {
			copy(was, would)
		} else if end == Torn {
			tear(was, would, random)
		}
	}
	return content
}

// tear writes a sector, or does not, or leaves it unreadable: with what would
// not have changed in it, for a disk need not promise otherwise.
func tear(was, would []byte, random *rand.Rand) {
	switch random.IntN(5) {
	case 0, 1:
	case 2, 3:
		copy(was, would)
	default:
		for i := range was {
			was[i] = byte(random.Uint32())
		}
	}
}

// changed tells which bytes of a file outside of SQLite changed: whole pages.
func changed(was, is []byte) (from, to int) {
	for from < len(is) && from < len(was) && bytes.Equal(page(was, from), page(is, from)) {
		from += pageBytes
	}
	to = len(is)
	for len(was) == len(is) && to-pageBytes >= from && bytes.Equal(was[to-pageBytes:to], is[to-pageBytes:to]) {
		to -= pageBytes
	}
	return min(from, to), to
}

func page(of []byte, at int) []byte { return of[at:min(at+pageBytes, len(of))] }
