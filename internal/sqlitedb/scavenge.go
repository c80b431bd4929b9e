package sqlitedb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
)

// Scavenged is a row as Scavenge found it. Values are nil, int64, float64, string or
// []byte, in the order of the table's columns; of a WITHOUT ROWID table those
// of its primary key come first.
type Scavenged struct {
	// Rowid is the row's, and stands for an INTEGER PRIMARY KEY, whose value is
	// nil. It is 0 in a WITHOUT ROWID table and in an index.
	Rowid  int64
	Values []any
}

// Scavenge hands over every row that can be found in the bytes of a database
// and its WAL, whatever else in them is damaged, and leaves the files as they
// are. It follows no tree and asks no schema: a page that still looks like a
// leaf is read as one. So a row may come more than once, as it was at several
// times, and after it was deleted; rows of all tables come mixed; and a damaged
// value looks like any other. The caller knows a table by the shape of its
// rows and must be able to tell a whole row from a spoilt one.
//
// The layout is that of https://sqlite.org/fileformat2.html.
func Scavenge(path string, each func(Scavenged) error) error {
	s, err := openScavenger(path)
	if err != nil {
		return fmt.Errorf("scavenge: %w", err)
	}
	defer s.close()
	if err := s.run(each); err != nil {
		return fmt.Errorf("scavenge %q: %w", path, err)
	}
	return nil
}

// scavenger reads pages of a database file, and of its WAL those written last.
type scavenger struct {
	db, wal  *os.File // wal may be nil
	pageSize int
	pages    uint32           // of the database file, a torn last one included
	latest   map[uint32]int64 // page → its last image's place in the WAL
	frames   []int64          // all images in the WAL
	// seen are the cells that were handed over from the WAL, by hash: most
	// images of a page repeat what the one before had.
	seed maphash.Seed
	seen map[uint64]struct{}
}

const (
	walHeaderBytes   = 32
	frameHeaderBytes = 24
	defaultPageSize  = 4096 // ours; of a file whose header does not say
)

func openScavenger(path string) (*scavenger, error) {
	s := &scavenger{pageSize: defaultPageSize, latest: map[uint32]int64{}, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
	var err error
	if s.db, err = os.Open(path); err != nil {
		return nil, err
	}
	if s.wal, err = os.Open(path + "-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, s.db.Close())
	}
	if err := s.measure(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *scavenger) close() {
	s.db.Close() // read only
	if s.wal != nil {
		s.wal.Close()
	}
}

// measure finds the size of a page and what pages there are.
func (s *scavenger) measure() error {
	header := make([]byte, 100)
	if _, err := s.db.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if size, ok := headerPageSize(header); ok {
		s.pageSize = size
	}
	info, err := s.db.Stat()
	if err != nil {
		return err
	}
	s.pages = uint32((info.Size() + int64(s.pageSize) - 1) / int64(s.pageSize))
	if s.wal == nil {
		return nil
	}
	return s.listFrames()
}

func headerPageSize(header []byte) (int, bool) {
	size := int(binary.BigEndian.Uint16(header[16:]))
	if size == 1 {
		size = 1 << 16
	}
	whole := string(header[:16]) == "SQLite format 3\x00" && size >= 512 && size&(size-1) == 0
	return size, whole
}

// listFrames notes where each page's images stand in the WAL. Each round of the
// WAL begins at its first frame and has salts of its own. Frames of an earlier
// round stand behind it: their rows are as good as others, yet for the rest of
// a long value only a page of this round will do.
func (s *scavenger) listFrames() error {
	frame, salts := make([]byte, frameHeaderBytes), ""
	step := int64(frameHeaderBytes + s.pageSize)
	for at := int64(walHeaderBytes); ; at += step {
		if _, err := s.wal.ReadAt(frame, at); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		image := at + frameHeaderBytes
		s.frames = append(s.frames, image)
		if salts == "" {
			salts = string(frame[8:16])
		}
		if string(frame[8:16]) == salts {
			s.latest[binary.BigEndian.Uint32(frame)] = image
		}
	}
}

// run reads all pages of the database, then all images in the WAL.
func (s *scavenger) run(each func(Scavenged) error) error {
	page := make([]byte, s.pageSize)
	for number := range s.pages {
		if err := s.leaf(s.db, int64(number)*int64(s.pageSize), page, number == 0, each); err != nil {
			return err
		}
	}
	for _, at := range s.frames {
		if err := s.leaf(s.wal, at, page, false, each); err != nil {
			return err
		}
	}
	return nil
}

// leaf hands over the rows of one page if it looks like one that has rows. A
// page that the disk does not give is left out, as a damaged one is.
func (s *scavenger) leaf(file *os.File, at int64, page []byte, first bool, each func(Scavenged) error) error {
	n, err := file.ReadAt(page, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	clear(page[n:])
	header := page
	if first {
		header = page[min(100, len(page)):]
	}
	kind, cells := kindOf(header)
	for _, offset := range cells {
		cell, ok := s.cell(kind, page, int(offset))
		if !ok || file == s.wal && s.repeats(cell) {
			continue
		}
		row, ok := s.row(cell)
		if !ok {
			continue
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return nil
}

// repeats reports whether a cell was read before as it is now.
func (s *scavenger) repeats(c cell) bool {
	sum := maphash.Bytes(s.seed, c.raw)
	_, seen := s.seen[sum]
	s.seen[sum] = struct{}{}
	return seen
}

// overflow reads the rest of a value that did not fit its page: a chain of
// pages that begin with the number of the next one.
func (s *scavenger) overflow(next uint32, into []byte) bool {
	page := make([]byte, s.pageSize)
	for len(into) > 0 {
		if next == 0 || !s.page(next, page) {
			return false
		}
		next = binary.BigEndian.Uint32(page)
		into = into[copy(into, page[4:]):]
	}
	return true
}

// page reads a page as it was written last.
func (s *scavenger) page(number uint32, page []byte) bool {
	if at, ok := s.latest[number]; ok {
		_, err := s.wal.ReadAt(page, at)
		return err == nil
	}
	_, err := s.db.ReadAt(page, int64(number-1)*int64(s.pageSize))
	return err == nil
}
