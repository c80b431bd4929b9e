package offline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Clock lets tests drive the clock guard by itself.
type Clock struct{ c clock }

// NewClock is a guard whose mark headquarters once set.
func NewClock(mark ledger.Millis) Clock { return Clock{clock{mark: mark}} }

func (c Clock) Look(now time.Time) Clock { return Clock{c.c.look(now)} }
func (c Clock) Confirm(now time.Time, hq ledger.Millis) Clock {
	return Clock{c.c.confirm(now, hq)}
}
func (c Clock) Surely(now time.Time) ledger.Millis { return c.c.surely(now) }
func (c Clock) Off() bool                          { return c.c.off }
func (c Clock) Mark() ledger.Millis                { return c.c.mark }
func (c Clock) Time(now time.Time) ledger.Millis   { return c.c.time(now) }

// SlotBytes is the size of one slot of the mark file.
const (
	SlotBytes  = slotBytes
	SlotStride = slotStride
)

// EncodeSlot writes a slot.
func EncodeSlot(terminal ledger.TerminalID, generation uint64, head ledger.Head, at ledger.Millis) []byte {
	return mark{generation: generation, terminal: terminal, head: head, clock: at}.encode()
}

// ReencodeSlot decodes a slot and writes it again.
func ReencodeSlot(slot []byte) ([]byte, bool) {
	m, ok := decodeSlot(slot)
	if !ok {
		return nil, false
	}
	return m.encode(), true
}

// BuildSalvage makes a salvaged journal and does not put it in place.
func BuildSalvage(ctx context.Context, opts Options) error {
	_, err := build(ctx, opts)
	return errors.Join(err, os.Remove(filepath.Join(opts.Dir, salvagingDir, foundFile)))
}

// FindHash is Find by what an identifier is hashed to.
func (v *View) FindHash(ctx context.Context, hash ledger.KeyedHash) (loyalty.Member, error) {
	return v.find(ctx, hash)
}

// HoldWriter keeps the writer busy until release is called.
func (s *Store) HoldWriter() (release func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// Waiting is how many wait to be written together.
func (s *Store) Waiting() int {
	s.group.mu.Lock()
	defer s.group.mu.Unlock()
	return len(s.group.waiting)
}

// BreakMark lets the mark be read and not be written until it is mended.
func (s *Store) BreakMark() (mend func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	whole := s.mark.file
	s.mark.file, err = os.Open(whole.Name())
	broken := s.mark.file
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.mark.file = whole
		broken.Close()
	}, err
}

// Keeps reports whether salvage would keep a row with these values.
func Keeps(values []any) bool { return shapeOf(values) != nil }

// LoseDirectory leaves the store without one, as an ill disk does.
func (s *Store) LoseDirectory() {
	s.directory.mu.Lock()
	defer s.directory.mu.Unlock()
	s.directory.db.Close()
	s.directory.db = nil
}
