package scanner

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

const (
	// MaxScan is the longest scan, in bytes with its symbology identifier; the
	// densest QR code has some 2,950.
	MaxScan = 4 << 10
	// InterCharacterTimeout is the TerminatorTimeout for scanners that send no
	// terminator: several characters even at 1200 baud, and less than the
	// fastest hand between two scans.
	InterCharacterTimeout = 50 * time.Millisecond
	// silence is how long half a scan waits for its other half.
	silence = time.Second
)

// The bytes that frame a scan. CR, LF, TAB and ETX end it, whichever a scanner
// sends; GS is none of them, for it parts GS1 elements.
const (
	nul         = 0x00
	stx         = 0x02
	terminators = "\r\n\t\x03"
)

// Why a scan is dropped. None tells a byte of it.
var (
	errNul    = errors.New("scan holds a NUL, which a break or a parity or framing error gives, or a key that is lost or no character: check the line and its settings, or the layout")
	errLong   = fmt.Errorf("scan has more than %d bytes", MaxScan)
	errNoEnd  = errors.New("scan has no end: check the scanner's terminator")
	errNoData = errors.New("scan holds nothing but a symbology identifier")
)

// Decoder turns a scanner's bytes into Scanned and Misread events, however the
// bytes are cut into reads. A scan that is damaged, too long or without its end
// is dropped whole, told once and at once, and never becomes the beginning of
// the next. Lines without a byte, such as between CR and LF, are none.
//
// The zero Decoder is ready. It is pure and not safe for concurrent use.
type Decoder struct {
	// TerminatorTimeout is the silence that ends a scan just as a terminator
	// does; InterCharacterTimeout suits most scanners that send none. Zero
	// means that each scan has a terminator; then half a scan is dropped after
	// a second.
	TerminatorTimeout time.Duration

	line     []byte
	skipping bool // the rest of a dropped scan
}

var _ device.Decoder = (*Decoder)(nil)

// Decode is described at device.Decoder.
func (d *Decoder) Decode(p []byte, tell func(device.Event)) {
	for _, b := range p {
		d.feed(b, tell)
	}
}

// Patience is described at device.Decoder.
func (d *Decoder) Patience() time.Duration {
	switch {
	case len(d.line) == 0 && !d.skipping:
		return 0
	case d.TerminatorTimeout > 0:
		return d.TerminatorTimeout
	}
	return silence
}

// Expire is described at device.Decoder.
func (d *Decoder) Expire(tell func(device.Event)) {
	if d.TerminatorTimeout > 0 {
		d.end(tell)
		return
	}
	d.abandon(tell)
}

// Reset is described at device.Decoder.
func (d *Decoder) Reset() { d.line, d.skipping = d.line[:0], false }

func (d *Decoder) feed(b byte, tell func(device.Event)) {
	switch {
	case b == stx:
		d.abandon(tell)
	case strings.IndexByte(terminators, b) >= 0:
		d.end(tell)
	case d.skipping:
	case b == nul:
		d.drop(errNul, tell)
	case len(d.line) == MaxScan:
		d.drop(errLong, tell)
	default:
		d.line = append(d.line, b)
	}
}

// drop gives up the scan up to its end.
func (d *Decoder) drop(reason error, tell func(device.Event)) {
	d.Reset()
	d.skipping = true
	tell(device.Event{Kind: device.Misread, Err: reason})
}

// abandon gives up a scan that will have no end.
func (d *Decoder) abandon(tell func(device.Event)) {
	half := len(d.line) > 0
	d.Reset()
	if half {
		tell(device.Event{Kind: device.Misread, Err: errNoEnd})
	}
}

// end tells the scan that has come to its end, if it is one.
func (d *Decoder) end(tell func(device.Event)) {
	line := bytes.Clone(d.line)
	d.Reset()
	if len(line) == 0 {
		return
	}
	scan := split(line)
	if len(scan.Data) == 0 {
		tell(device.Event{Kind: device.Misread, Err: errNoData})
		return
	}
	tell(device.Event{Kind: device.Scanned, Scan: scan})
}

// split takes the symbology identifier off: a ], a letter for the symbology and
// a digit or letter for its modifier.
func split(line []byte) device.Scan {
	if len(line) >= 3 && line[0] == ']' && letter(line[1]) && (letter(line[2]) || digit(line[2])) {
		return device.Scan{AIM: string(line[:3]), Data: line[3:]}
	}
	return device.Scan{Data: line}
}

func letter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' }

func digit(b byte) bool { return b >= '0' && b <= '9' }
