package offline

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	markFile = "mark"
	// slotStride keeps the two slots in different pages and sectors: a write
	// that tears one leaves the other.
	slotStride = 4096
	slotBytes  = 8 + 8 + 16 + 4 + 8 + 8 + 32 + 8 + 4
	slotMagic  = "loyalmk1"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// mark is what the terminal remembers of itself outside the database: a
// journal that does not have this hash at this place was rolled back,
// replaced or damaged.
type mark struct {
	generation uint64
	terminal   ledger.TerminalID
	head       ledger.Head
	clock      ledger.Millis // the clock guard's mark
}

// anew reports whether this is what BeginAnew wrote: no head that any journal
// has.
func (m mark) anew() bool { return m.head.Branch == ledger.Branch{} }

func (m mark) encode() []byte {
	b := make([]byte, 0, slotBytes)
	b = append(b, slotMagic...)
	b = binary.BigEndian.AppendUint64(b, m.generation)
	b = append(b, m.terminal[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(m.head.Epoch))
	b = append(b, m.head.Branch[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(m.head.Seq))
	b = append(b, m.head.Hash[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(m.clock))
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeSlot reads what encode wrote; false where a slot was never written,
// torn or damaged.
func decodeSlot(slot []byte) (m mark, ok bool) {
	if len(slot) != slotBytes || string(slot[:8]) != slotMagic {
		return mark{}, false
	}
	data, sum := slot[:slotBytes-4], slot[slotBytes-4:]
	if crc32.Checksum(data, castagnoli) != binary.BigEndian.Uint32(sum) {
		return mark{}, false
	}
	m.generation = binary.BigEndian.Uint64(data[8:])
	copy(m.terminal[:], data[16:])
	m.head.Epoch = ledger.Epoch(binary.BigEndian.Uint32(data[32:]))
	copy(m.head.Branch[:], data[36:])
	m.head.Seq = ledger.Seq(binary.BigEndian.Uint64(data[44:]))
	copy(m.head.Hash[:], data[52:])
	m.clock = ledger.Millis(binary.BigEndian.Uint64(data[84:]))
	return m, true
}

// readMark gives the newest whole slot; false where there is none.
func readMark(f io.ReaderAt) (newest mark, found bool, err error) {
	for i := range int64(2) {
		slot := make([]byte, slotBytes)
		if _, err := f.ReadAt(slot, i*slotStride); err != nil && !errors.Is(err, io.EOF) {
			return mark{}, false, fmt.Errorf("read mark: %w", err)
		}
		if m, ok := decodeSlot(slot); ok && (!found || m.generation > newest.generation) {
			newest, found = m, true
		}
	}
	return newest, found, nil
}

// markWriter keeps the mark file. One goroutine at a time uses it.
type markWriter struct {
	file *os.File
	last mark
}

// openMark opens or creates dir/mark with mode 0600; found says whether it
// held a mark.
func openMark(dir string) (w *markWriter, found bool, err error) {
	f, err := os.OpenFile(filepath.Join(dir, markFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("open mark: %w", err)
	}
	w = &markWriter{file: f}
	if w.last, found, err = readMark(f); err == nil && !found {
		err = w.prepare(dir)
	}
	if err != nil {
		f.Close() // nothing was written
		return nil, false, err
	}
	return w, found, nil
}

// prepare gives a new file its final size and makes its name durable, so that
// writing a slot later needs one fdatasync and no change of the file's size.
func (w *markWriter) prepare(dir string) error {
	if _, err := w.file.WriteAt(make([]byte, 2*slotStride), 0); err != nil {
		return fmt.Errorf("prepare mark: %w", err)
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("prepare mark: %w", err)
	}
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("prepare mark: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("prepare mark: %w", err)
	}
	return nil
}

// write puts m into the older slot, past fsync.
func (w *markWriter) write(m mark) error {
	m.generation = w.last.generation + 1
	if _, err := w.file.WriteAt(m.encode(), int64(m.generation%2)*slotStride); err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	if err := datasync(w.file); err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	w.last = m
	return nil
}
