package sqlitedb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Inspect looks at the files of a database before SQLite does, for damage that
// it would pass over in silence: SQLite takes a WAL only up to the first frame
// whose checksum is wrong, and deletes the rest. What it returns is an
// ErrDamaged, or another ErrStorage, or nil. A database that does not exist is
// sound.
func Inspect(path string) error {
	header := make([]byte, 16)
	n, err := readFront(path, header)
	if err != nil {
		return storageError("inspect", err)
	}
	front, err := inspectWAL(path + "-wal")
	if err != nil {
		return err
	}
	headed := n == 0 || string(header) == "SQLite format 3\x00"
	if headed || front && isWhole(path) {
		return nil
	}
	return damaged("the first bytes of %s are not a database's", path)
}

// isWhole reports whether SQLite reads a database whose first page is spoilt, but in the
// WAL: that a power cut leaves behind while pages are copied from there. It only reads:
// whoever closes a database that he could write copies the WAL into it and deletes it,
// and of a damaged one there are pages that stand nowhere else. What is left of the look
// is -shm, which SQLite makes anew.
func isWhole(path string) bool {
	opened, err := connector{}.Driver().Open(dsn(path, "ro"))
	if err != nil {
		return false
	}
	defer opened.Close() // what it could say of the database was said before
	found, err := readValue(opened.(rawConn), `PRAGMA quick_check(1)`)
	return err == nil && found == "ok"
}

// readFront reads the first bytes of a file, 0 of one that is empty or missing.
func readFront(path string, into []byte) (int, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err := io.ReadFull(f, into)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

func damaged(format string, args ...any) error {
	return &StorageError{Op: "inspect", Err: fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)}
}

// inspectWAL walks the frames of a WAL's round as SQLite does, and then those
// behind the first bad one: where two transactions were committed there, the
// first of them was past fsync, and so was all before it. A power cut can tear
// only the last one. front says that the database's first page was committed to it.
func inspectWAL(path string) (front bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, storageError("inspect", err)
	}
	defer f.Close()
	w := walReader{file: f}
	whole, err := w.begin()
	bad, commits := !whole, 0
	first := 0 // bad frame
	written := false
	for number := 1; err == nil; number++ {
		var frame walFrame
		if frame, err = w.next(); err != nil || frame.salts != w.salts && !bad {
			break
		}
		if !bad && !frame.whole {
			bad, first = true, number
		}
		written = written || frame.page == 1
		front = front || !bad && written && frame.commits
		// Of two that should be alike the bad one need not be.
		fills := frame.repeats && (frame.alike || first > 0 && number-first <= 1)
		if bad && frame.salts == w.salts && frame.commits && !fills {
			commits++
		}
		if commits == 2 {
			return front, damaged("frame %d of %s, or one before it, is not what was written", number, path)
		}
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return front, nil
	}
	return front, storageError("inspect", err)
}

// walReader reads a WAL from its first frame on.
// Layout: https://sqlite.org/fileformat2.html#the_write_ahead_log
type walReader struct {
	file   io.Reader
	order  binary.ByteOrder
	salts  string    // of its round
	sum    [2]uint32 // runs over everything before
	frame  []byte
	before []byte // the frame before
}

type walFrame struct {
	page    uint32
	salts   string
	commits bool // it ends a transaction
	// repeats and alike say that it is of the page of the one before, and that
	// its content is: a transaction's last frame comes twice where the next
	// transaction would otherwise begin in the sector it ends in (psow).
	repeats, alike bool
	whole          bool // its checksum is right
}

const (
	walLittleEndian = 0x377f0682
	walBigEndian    = 0x377f0683
)

// begin reads the header. Where that is not whole, frames are taken to be of our
// size and of the first one's round.
func (w *walReader) begin() (whole bool, err error) {
	w.order = binary.LittleEndian
	w.frame = make([]byte, frameHeaderBytes+defaultPageSize)
	header := make([]byte, walHeaderBytes)
	if _, err := io.ReadFull(w.file, header); err != nil {
		return false, err
	}
	switch binary.BigEndian.Uint32(header) {
	case walLittleEndian:
		w.order = binary.LittleEndian
	case walBigEndian:
		w.order = binary.BigEndian
	default:
		return false, nil
	}
	size := binary.BigEndian.Uint32(header[8:])
	if size < 512 || size > 1<<16 || size&(size-1) != 0 {
		return false, nil
	}
	w.frame = make([]byte, frameHeaderBytes+size)
	w.add(header[:24])
	if !w.sumIs(header[24:]) {
		return false, nil
	}
	w.salts = string(header[16:24])
	return true, nil
}

func (w *walReader) next() (walFrame, error) {
	w.before = append(w.before[:0], w.frame...)
	if _, err := io.ReadFull(w.file, w.frame); err != nil {
		return walFrame{}, err
	}
	w.add(w.frame[:8])
	w.add(w.frame[frameHeaderBytes:])
	if w.salts == "" {
		w.salts = string(w.frame[8:16])
	}
	return walFrame{
		page:  binary.BigEndian.Uint32(w.frame),
		salts: string(w.frame[8:16]), commits: binary.BigEndian.Uint32(w.frame[4:]) != 0, whole: w.sumIs(w.frame[16:]),
		repeats: bytes.Equal(w.frame[:8], w.before[:8]),
		alike:   bytes.Equal(w.frame[frameHeaderBytes:], w.before[frameHeaderBytes:]),
	}, nil
}

func (w *walReader) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		w.sum[0] += w.order.Uint32(b) + w.sum[1]
		w.sum[1] += w.order.Uint32(b[4:]) + w.sum[0]
	}
}

func (w *walReader) sumIs(b []byte) bool {
	return binary.BigEndian.Uint32(b) == w.sum[0] && binary.BigEndian.Uint32(b[4:]) == w.sum[1]
}
