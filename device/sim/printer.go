package sim

import (
	"context"
	"slices"
	"strings"
)

// Printer plays an ESC/POS receipt printer that answers DLE EOT.
type Printer struct {
	plug
	record
	paper paper
}

// NewPrinter plugs a printer in at path, as NewKeypad does.
func NewPrinter(path string) (*Printer, error) {
	p := &Printer{}
	p.plug = newPlug(path, func(b []byte) (answers []byte) {
		p.take(b, func() { answers = p.paper.take(b) })
		return answers
	})
	return p, p.Replug()
}

// Replug brings the printer back. Receipts cut before are kept, and so is what is
// set; a half-printed receipt is torn off.
func (p *Printer) Replug() error {
	p.record.mu.Lock()
	p.paper = paper{receipts: p.paper.receipts, condition: p.paper.condition}
	p.record.mu.Unlock()
	return p.plug.Replug()
}

// Receipt is what was printed up to a cut.
type Receipt struct {
	Text  string // the printed characters and line feeds
	Bytes []byte // as received, the cut included and status requests left out
	// Double are the lines of Text, from 0 on, with letters twice as wide.
	Double []int
}

// Receipts returns the last 256 receipts that were cut off, oldest first.
func (p *Printer) Receipts() []Receipt {
	p.record.mu.Lock()
	defer p.record.mu.Unlock()
	return slices.Clone(p.paper.receipts)
}

// Wait returns once the receipts are what holds accepts, or with the cause of
// the end of ctx. holds gets them as from Receipts and must not call the printer.
func (p *Printer) Wait(ctx context.Context, holds func([]Receipt) bool) error {
	return p.wait(ctx, func() bool { return holds(slices.Clone(p.paper.receipts)) })
}

const (
	maxReceipts     = 256
	maxReceiptBytes = 1 << 20 // one that is never cut is cut here
)

// paper interprets the bytes of the printer.
type paper struct {
	condition
	receipts []Receipt
	raw      []byte // of the receipt in print
	text     strings.Builder
	command  []byte // begun and not yet whole
	table    byte
	double   bool  // letters are twice as wide
	doubled  []int // lines with such letters
	line     int
	held     []byte // while nothing can be printed
	answers  []byte // of status requests, not yet sent
}

// take takes the next bytes and returns the answers to what they ask.
func (p *paper) take(b []byte) (answers []byte) {
	for _, c := range b {
		p.put(c)
	}
	answers, p.answers = p.answers, nil
	return answers
}

// put takes the next byte. While nothing can be printed it is held, but status
// requests are answered all the same.
func (p *paper) put(b byte) {
	if p.prints() {
		p.print(b)
		return
	}
	p.held = append(p.held, b)
	if n := len(p.held); n >= 3 && p.held[n-3] == 0x10 && p.held[n-2] == 0x04 {
		p.answer(b)
		p.held = p.held[:n-3]
	}
	if len(p.held) > maxReceiptBytes {
		p.held = p.held[:maxReceiptBytes] // a real one would stop the sender
	}
}

// resume prints what was held.
func (p *paper) resume() {
	held := p.held
	p.held = nil
	for _, b := range held {
		p.put(b)
	}
}

func (p *paper) print(b byte) {
	p.raw = append(p.raw, b)
	if len(p.raw) >= maxReceiptBytes {
		p.cut()
	}
	if len(p.command) > 0 || b == 0x10 || b == 0x1b || b == 0x1c || b == 0x1d {
		p.command = append(p.command, b)
		if whole(p.command) {
			p.run(p.command)
			p.command = p.command[:0]
		}
		return
	}
	switch {
	case b == '\n':
		p.feed(1)
	case b >= 0x20:
		p.text.WriteRune(glyph(p.table, b))
		if n := len(p.doubled); p.double && (n == 0 || p.doubled[n-1] != p.line) {
			p.doubled = append(p.doubled, p.line)
		}
	}
}

func (p *paper) feed(lines int) {
	p.text.WriteString(strings.Repeat("\n", lines))
	p.line += lines
}

func (p *paper) run(c []byte) {
	switch [2]byte{c[0], c[1]} {
	case [2]byte{0x1b, '@'}:
		p.table, p.double = 0, false
	case [2]byte{0x1d, '!'}:
		p.double = c[2]&0x70 != 0
	case [2]byte{0x1b, 't'}:
		p.table = c[2]
	case [2]byte{0x1b, 'd'}:
		p.feed(int(c[2]))
	case [2]byte{0x1d, 'V'}:
		p.cut()
	case [2]byte{0x10, 0x04}:
		p.answer(c[2])
		p.raw = p.raw[:max(0, len(p.raw)-3)]
	}
}

func (p *paper) cut() {
	if len(p.receipts) == maxReceipts {
		p.receipts = slices.Delete(p.receipts, 0, 1)
	}
	p.receipts = append(p.receipts, Receipt{Text: p.text.String(), Bytes: p.raw, Double: p.doubled})
	p.raw, p.doubled, p.line = nil, nil, 0
	p.text.Reset()
}

// whole reports whether c, which begins with a command byte, is a whole command.
func whole(c []byte) bool {
	if len(c) < 2 {
		return false
	}
	switch [2]byte{c[0], c[1]} {
	case [2]byte{0x1b, '@'}, [2]byte{0x1b, '2'}, [2]byte{0x1c, '&'}, [2]byte{0x1c, '.'}:
		return true
	case [2]byte{0x1b, 'p'}, [2]byte{0x10, 0x14}:
		return len(c) == 5
	case [2]byte{0x1b, '$'}, [2]byte{0x1b, '\\'}, [2]byte{0x1d, 'L'}, [2]byte{0x1d, 'W'}, [2]byte{0x1d, 'P'}:
		return len(c) == 4
	case [2]byte{0x1d, 'V'}: // m, and n for the forms that feed first
		return len(c) == 4 || len(c) == 3 && c[2] != 'A' && c[2] != 'B'
	case [2]byte{0x1d, 'k'}:
		return wholeBarcode(c)
	case [2]byte{0x1d, '('}, [2]byte{0x1c, '('}: // function, pL pH, data
		return len(c) >= 5 && len(c) == 5+int(c[3])+int(c[4])<<8
	case [2]byte{0x1d, 'v'}: // 0 m xL xH yL yH data
		return len(c) >= 8 && len(c) == 8+(int(c[4])+int(c[5])<<8)*(int(c[6])+int(c[7])<<8)
	}
	return len(c) == 3 // the many with one argument
}

// wholeBarcode knows both forms of GS k: data up to a NUL, and counted data.
func wholeBarcode(c []byte) bool {
	if len(c) < 4 {
		return false
	}
	if c[2] < 'A' {
		return c[len(c)-1] == 0
	}
	return len(c) == 4+int(c[3])
}
