package offline

import (
	"encoding/binary"
	"errors"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// builtRow is a row of the directory on its way to its place.
type builtRow struct {
	slot
	first   bool                // of its account's rows
	state   ledger.AccountState // whose it is, her name, as of when, her balances
	applied ledger.Place        // without the terminal
	memory  memory
}

// A row begins with its length, the key, the rest, the account, and whether it is
// the first; the places of these, behind the length, are below.
const (
	lengthBytes = 4
	restAt      = 8
	accountAt   = restAt + 6
	firstAt     = accountAt + 16
	partsAt     = firstAt + 1
)

func (r *builtRow) append(b []byte) []byte {
	begin := len(b)
	b = append(b, make([]byte, lengthBytes)...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.key))
	b = append(b, r.rest[:]...)
	b = append(b, r.state.Account[:]...)
	if r.first {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = appendText(b, r.state.Name)
	b = binary.AppendVarint(b, int64(r.state.AsOf))
	b = binary.AppendUvarint(b, uint64(r.applied.Epoch))
	b = append(b, r.applied.Branch[:]...)
	b = binary.AppendUvarint(b, uint64(r.applied.Seq))
	b = binary.AppendUvarint(b, uint64(len(r.state.Balances)))
	for _, of := range r.state.Balances {
		b = appendText(appendText(b, of.Program), string(of.Unit))
		for _, points := range []ledger.Points{of.Available, of.Escrowed, of.Pending, of.Receivable} {
			b = binary.AppendVarint(b, int64(points))
		}
	}
	b = appendText(appendText(b, r.memory.state), r.memory.segments)
	b = binary.AppendVarint(b, int64(r.memory.birthMonth))
	binary.BigEndian.PutUint32(b[begin:], uint32(len(b)-begin-lengthBytes))
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// piled is a row as append wrote it, with the slot that it is sorted by.
type piled struct {
	slot
	n   int // in the order in which they came
	row []byte
}

func (p piled) account() ledger.AccountID { return ledger.AccountID(p.row[accountAt:firstAt]) }

var errShortRow = errors.New("build directory: what was written of a row is not what is read")

// split appends the rows of a heap, in its order.
func split(heap []byte, rows []piled) ([]piled, error) {
	for len(heap) > 0 {
		if len(heap) < lengthBytes+partsAt {
			return nil, errShortRow
		}
		size := int(binary.BigEndian.Uint32(heap))
		if heap = heap[lengthBytes:]; size < partsAt || size > len(heap) {
			return nil, errShortRow
		}
		p := piled{n: len(rows), row: heap[:size]}
		p.key, p.rest = int64(binary.BigEndian.Uint64(p.row)), [6]byte(p.row[restAt:accountAt])
		rows, heap = append(rows, p), heap[size:]
	}
	return rows, nil
}

// read reads a row into r, whose balances and texts it uses again: rows have the same
// few programs and units.
func (r *builtRow) read(p piled) error {
	d := rowReader{in: p.row[partsAt:]}
	r.slot, r.state.Account, r.first = p.slot, p.account(), p.row[firstAt] == 1
	r.state.Name = d.text()
	r.state.AsOf = ledger.Millis(d.varint())
	r.applied.Epoch = ledger.Epoch(d.uvarint())
	copy(r.applied.Branch[:], d.next(len(r.applied.Branch)))
	r.applied.Seq = ledger.Seq(d.uvarint())
	before := r.state.Balances
	r.state.Balances = r.state.Balances[:0]
	for i := range d.uvarint() {
		var of ledger.Balance
		if i < uint64(len(before)) {
			of = before[i]
		}
		of.Program, of.Unit = d.textLike(of.Program), ledger.Unit(d.textLike(string(of.Unit)))
		for _, points := range []*ledger.Points{&of.Available, &of.Escrowed, &of.Pending, &of.Receivable} {
			*points = ledger.Points(d.varint())
		}
		if d.short {
			break
		}
		r.state.Balances = append(r.state.Balances, of)
	}
	r.memory.state, r.memory.segments, r.memory.birthMonth = d.text(), d.text(), int(d.varint())
	if d.short {
		return errShortRow
	}
	return nil
}

// rowReader reads parts of a row; short says that one of them was not whole.
type rowReader struct {
	in    []byte
	short bool
}

func (d *rowReader) next(n int) []byte {
	if n < 0 || n > len(d.in) {
		d.in, d.short = nil, true
		return nil
	}
	part := d.in[:n]
	d.in = d.in[n:]
	return part
}

func (d *rowReader) varint() int64 {
	n, size := binary.Varint(d.in)
	d.skip(size)
	return n
}

func (d *rowReader) uvarint() uint64 {
	n, size := binary.Uvarint(d.in)
	d.skip(size)
	return n
}

// skip passes a number of so many bytes; none or fewer are no number.
func (d *rowReader) skip(size int) {
	if size <= 0 {
		size = -1
	}
	d.next(size)
}

func (d *rowReader) text() string { return d.textLike("") }

// textLike gives a text, in the place of one that says the same.
func (d *rowReader) textLike(last string) string {
	if text := d.next(int(d.uvarint())); string(text) != last {
		return string(text)
	}
	return last
}
