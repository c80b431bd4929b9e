package offline

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/folder"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// spoolFile has what was read of a feed that is read from the beginning. A till that is
	// stopped or killed, or loses power, goes on behind it.
	spoolFile = "directory.db.rows"
	// spoolFormat is of all that is written there, with the rows as builtRow.append writes
	// them. What another release wrote is read from headquarters again.
	spoolFormat = 1
	// spoolEvery is how long what was read may be in memory alone, so that a till with a
	// slow line does not lose hours; with a fast one tailBytes come first.
	spoolEvery = 30 * time.Second
	// mostSpooled is more than is ever written at once.
	mostSpooled = 4 * tailBytes
)

// spool is the pile of rows that a directory is built from, in a file that a later process
// can go on with. It begins with what it is of, a hash; behind that stand batches, each
// with the cursor that the feed was read to; one with the cursor of the one before has
// nothing in it, and says that this was all. Nobody syncs them while they are read, so after
// a power cut a part may be missing anywhere. The sum of each goes on from that of the one
// before: whatever is behind one that is not whole is of no use, and asked for again.
type spool struct {
	pile
	sum   uint32
	at    time.Time     // of the last batch
	upTo  ledger.Cursor // likewise
	notes []byte        // of the next one: changes that are no rows of the pile, in JSON
}

// spoolOf is what a spool is good for. Under another epoch the journal may be one that
// was not told what these pages say of rights and merges; whoever was erased may stand in
// one that was begun before.
type spoolOf struct {
	Format    int               `json:"format"`
	Terminal  ledger.TerminalID `json:"terminal"`
	Store     ledger.StoreID    `json:"store"`
	Program   string            `json:"program"`
	Remembers bool              `json:"remembers"`
	Epoch     ledger.Epoch      `json:"epoch"`
	Branch    ledger.Branch     `json:"branch"`
	Erased    ledger.Millis     `json:"erased"`
}

// spoolsOf says what a spool has to be of, to be good for this store as it is now.
func (s *Store) spoolsOf() (ledger.Hash, error) {
	s.mu.Lock()
	head := s.head
	s.mu.Unlock()
	text, err := json.Marshal(spoolOf{
		Format: spoolFormat, Terminal: s.opts.Terminal, Store: s.opts.Store, Program: s.opts.Program,
		Remembers: s.opts.Recall != nil, Epoch: head.Epoch, Branch: head.Branch, Erased: s.ErasedUpTo(),
	})
	return ledger.HashOf(text), err
}

// newSpool makes an empty one in the place of what stands there, whose first page is
// written at once. Where a file of that name cannot be made it has none, and is gone with
// the process.
func newSpool(dir string, of ledger.Hash) (*spool, error) {
	path := filepath.Join(dir, spoolFile)
	_ = os.Remove(path) // what stays is in the way of the next
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		if f, err = namelessFile(dir); err != nil {
			return nil, err
		}
	}
	s := &spool{pile: pile{file: f, size: int64(len(of))}}
	if _, err := f.WriteAt(of[:], 0); err != nil {
		s.close()
		return nil, errors.Join(fmt.Errorf("build directory: %w", err), forgetSpool(dir))
	}
	return s, nil
}

// openSpool opens one that stands; nil where none does that is of this.
func openSpool(dir string, of ledger.Hash, now time.Time) *spool {
	f, err := os.OpenFile(filepath.Join(dir, spoolFile), os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	s := &spool{pile: pile{file: f, size: int64(len(of))}, at: now}
	var is ledger.Hash
	if _, err := f.ReadAt(is[:], 0); err != nil || is != of {
		s.close()
		return nil
	}
	return s
}

// forgetSpool takes away the name of the one that stands, for good. Who has it open may go
// on with it, for as long as he lives.
func forgetSpool(dir string) error {
	err := os.Remove(filepath.Join(dir, spoolFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, folder.Sync(dir))
}

// note takes in what is no row of the pile.
func (s *spool) note(c ledger.Change) error {
	text, err := json.Marshal(c)
	s.notes = append(s.notes, text...)
	return err
}

// due reports whether what is in memory is to be written.
func (s *spool) due(now time.Time) bool {
	return s.tails+len(s.notes) >= tailBytes || now.Sub(s.at) >= spoolEvery
}

// A batch begins with its sum, the length of its notes, the cursor, and the sizes of its
// parts of heaps. Behind these stand the notes and the parts.
const (
	notesAt    = 4
	nextAt     = notesAt + 4
	sizesAt    = nextAt + 8 + 8
	spoolsHead = sizesAt + 4*256
)

// write writes what is in memory: all of the feed up to a cursor stands then.
func (s *spool) write(next ledger.Cursor, now time.Time) error {
	head := make([]byte, notesAt, spoolsHead)
	head = binary.BigEndian.AppendUint32(head, uint32(len(s.notes)))
	head = binary.BigEndian.AppendUint64(head, uint64(next.Incarnation))
	head = binary.BigEndian.AppendUint64(head, uint64(next.Position))
	for i := range s.heaps {
		head = binary.BigEndian.AppendUint32(head, uint32(len(s.heaps[i].tail)))
	}
	sum := crc32.Update(crc32.Update(s.sum, castagnoli, head[notesAt:]), castagnoli, s.notes)
	for i := range s.heaps {
		sum = crc32.Update(sum, castagnoli, s.heaps[i].tail)
	}
	binary.BigEndian.PutUint32(head, sum)
	if err := s.flush(head, s.notes); err != nil {
		return err
	}
	s.sum, s.at, s.upTo, s.notes = sum, now, next, s.notes[:0]
	return nil
}

// spooled is a batch that was read.
type spooled struct {
	sum   uint32
	next  ledger.Cursor
	sizes [256]int
	notes []byte
	rows  []byte // of all heaps
}

// read reads the batch behind those that stand, into a buffer. false: there is no more, or
// it is not whole.
func (s *spool) read(in *[]byte) (b spooled, whole bool) {
	var head [spoolsHead]byte
	if _, err := s.file.ReadAt(head[:], s.size); err != nil {
		return b, false
	}
	notes := int64(binary.BigEndian.Uint32(head[notesAt:]))
	b.next.Incarnation = ledger.Incarnation(binary.BigEndian.Uint64(head[nextAt:]))
	b.next.Position = ledger.Position(binary.BigEndian.Uint64(head[nextAt+8:]))
	all := notes
	for i := range b.sizes {
		size := binary.BigEndian.Uint32(head[sizesAt+4*i:])
		b.sizes[i] = int(size)
		all += int64(size)
	}
	if all > mostSpooled {
		return b, false
	}
	*in = slices.Grow((*in)[:0], int(all))[:all]
	if _, err := s.file.ReadAt(*in, s.size+spoolsHead); err != nil {
		return b, false
	}
	b.sum = crc32.Update(crc32.Update(s.sum, castagnoli, head[notesAt:]), castagnoli, *in)
	b.notes, b.rows = (*in)[:notes], (*in)[notes:]
	return b, b.sum == binary.BigEndian.Uint32(head[:])
}

// keep has a batch that was read stand.
func (s *spool) keep(b spooled) {
	s.sum, s.upTo = b.sum, b.next
	s.size += int64(spoolsHead + len(b.notes))
	for i, size := range b.sizes {
		s.stands(i, size)
	}
}

// cut cuts off what is behind the batches that stand.
func (s *spool) cut() error { return s.file.Truncate(s.size) }
