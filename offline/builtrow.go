package offline

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// builtRow is a row of the directory on its way to its place.
type builtRow struct {
	slot
	account  ledger.AccountID
	name     string
	asOf     ledger.Millis
	applied  ledger.Place // without the terminal
	balances []ledger.Balance
	memory   memory
	first    bool // of its account's rows
}

func (r *builtRow) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(r.key))
	b = append(b, r.rest[:]...)
	b = append(b, r.account[:]...)
	b = appendText(b, r.name)
	b = binary.AppendVarint(b, int64(r.asOf))
	b = binary.AppendUvarint(b, uint64(r.applied.Epoch))
	b = append(b, r.applied.Branch[:]...)
	b = binary.AppendUvarint(b, uint64(r.applied.Seq))
	b = binary.AppendUvarint(b, uint64(len(r.balances)))
	for _, of := range r.balances {
		b = appendText(appendText(b, of.Program), string(of.Unit))
		for _, points := range []ledger.Points{of.Available, of.Escrowed, of.Pending, of.Receivable} {
			b = binary.AppendVarint(b, int64(points))
		}
	}
	b = appendText(appendText(b, r.memory.state), r.memory.segments)
	b = binary.AppendVarint(b, int64(r.memory.birthMonth))
	if r.first {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// readBuiltRow reads what append wrote; io.EOF where nothing follows.
func readBuiltRow(in *bufio.Reader) (r builtRow, err error) {
	d := rowReader{in: in}
	var fixed [8 + 6 + 16]byte
	if _, err := io.ReadFull(in, fixed[:]); err != nil {
		return r, err
	}
	r.key = int64(binary.BigEndian.Uint64(fixed[:]))
	copy(r.rest[:], fixed[8:])
	copy(r.account[:], fixed[14:])
	r.name = d.text()
	r.asOf = ledger.Millis(d.varint())
	r.applied.Epoch = ledger.Epoch(d.uvarint())
	d.full(r.applied.Branch[:])
	r.applied.Seq = ledger.Seq(d.uvarint())
	r.balances = make([]ledger.Balance, d.uvarint())
	for i := range r.balances {
		of := &r.balances[i]
		of.Program, of.Unit = d.text(), ledger.Unit(d.text())
		for _, points := range []*ledger.Points{&of.Available, &of.Escrowed, &of.Pending, &of.Receivable} {
			*points = ledger.Points(d.varint())
		}
	}
	r.memory.state, r.memory.segments, r.memory.birthMonth = d.text(), d.text(), int(d.varint())
	var first [1]byte
	d.full(first[:])
	r.first = first[0] == 1
	if errors.Is(d.err, io.EOF) {
		d.err = io.ErrUnexpectedEOF
	}
	return r, d.err
}

// rowReader reads parts of a row up to the first error.
type rowReader struct {
	in  *bufio.Reader
	err error
}

func (d *rowReader) full(to []byte) {
	if d.err == nil {
		_, d.err = io.ReadFull(d.in, to)
	}
}

func (d *rowReader) varint() (n int64) {
	if d.err == nil {
		n, d.err = binary.ReadVarint(d.in)
	}
	return n
}

func (d *rowReader) uvarint() (n uint64) {
	if d.err == nil {
		n, d.err = binary.ReadUvarint(d.in)
	}
	return n
}

func (d *rowReader) text() string {
	text := make([]byte, d.uvarint())
	d.full(text)
	return string(text)
}
