package loyalty

import (
	"sync"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// shelf keeps what was published and is no longer in force, nor to come: versions
// that others replaced, and those of a program that the store had before. Each is
// read when an entry names it, which few do.
type shelf struct {
	sources map[ledger.Hash][]byte
	read    sync.Map // *Program by ledger.Hash
}

// Keep makes these the texts in which Of looks for a version that is not held.
func (v *Versions) Keep(published [][]byte) {
	s := &shelf{sources: make(map[ledger.Hash][]byte, len(published))}
	for _, source := range published {
		s.sources[ledger.HashOf(source)] = source
	}
	v.shelf.Store(s)
}

// take reads a version; nil where it is not kept, or of another release.
func (s *shelf) take(ref ledger.ProgramRef) *Program {
	read, known := s.read.Load(ref.Hash)
	if !known {
		source, kept := s.sources[ref.Hash]
		if !kept {
			return nil
		}
		p, err := LoadPublished(source, ref.ID)
		if err != nil {
			return nil
		}
		read, _ = s.read.LoadOrStore(ref.Hash, p)
	}
	if p := read.(*Program); p.ref == ref {
		return p
	}
	return nil
}
