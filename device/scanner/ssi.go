package scanner

import (
	"bytes"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// A packet of SSI: its length without the checksum, an operation, who sends it,
// status bits, data, and a checksum of two bytes, the high one first.
const (
	ssiHeader   = 4
	ssiChecksum = 2

	opACK    = 0xd0
	opNAK    = 0xd1
	opBeep   = 0xe6
	opDecode = 0xf3 // a scan: what symbology it is of, and what it says
	opEvent  = 0xf6

	fromHost     = 0x04
	resent       = 0x01 // status: the one before may not have come
	continues    = 0x02 // status: the next packet goes on
	resend       = 0x01 // cause of a NAK
	outOfContext = 0x02 // cause of a NAK: this means nothing here

	// ssiTries is how often a scanner sends a packet.
	ssiTries = 3
	// ssiGap is the longest silence within a packet.
	ssiGap = 100 * time.Millisecond
)

// The beeps, by SSI's numbers.
const (
	shortHigh     = 0x00
	threeShortLow = 0x07
)

var errPacket = errors.New("scan came damaged three times: check the line and its settings")

// ssiPacket builds what the host sends.
func ssiPacket(op byte, data ...byte) []byte {
	p := append([]byte{byte(ssiHeader + len(data)), op, fromHost, 0}, data...)
	sum := ssiSum(p)
	return append(p, byte(sum>>8), byte(sum))
}

func ssiBeep(code byte) []byte { return ssiPacket(opBeep, code) }

// ssiSum is the two's complement of the sum of bytes.
func ssiSum(p []byte) uint16 {
	var sum uint16
	for _, b := range p {
		sum += uint16(b)
	}
	return -sum
}

// ssiDecoder turns packets into scans, and answers each. One that comes damaged is
// asked for again; one that comes again because its answer was lost is answered
// and is no second scan.
type ssiDecoder struct {
	reply func([]byte)

	packet   []byte // begun
	scan     []byte // of packets that go on
	last     []byte // operation and data of the last good one
	damaged  int    // one after the other
	skipping bool   // noise, until the line is quiet
}

var _ device.Decoder = (*ssiDecoder)(nil)

// Decode is described at device.Decoder.
func (d *ssiDecoder) Decode(p []byte, tell func(device.Event)) {
	for _, b := range p {
		d.feed(b, tell)
	}
}

// Patience is described at device.Decoder.
func (d *ssiDecoder) Patience() time.Duration {
	if len(d.packet) == 0 && !d.skipping {
		return 0
	}
	return ssiGap
}

// Expire gives half a packet up: the scanner, not answered, sends it again.
func (d *ssiDecoder) Expire(func(device.Event)) { d.packet, d.skipping = d.packet[:0], false }

// Reset is described at device.Decoder.
func (d *ssiDecoder) Reset() {
	*d = ssiDecoder{reply: d.reply, packet: d.packet[:0]}
}

func (d *ssiDecoder) feed(b byte, tell func(device.Event)) {
	switch {
	case d.skipping:
		return
	case len(d.packet) == 0 && b == 0:
		return // wakes a host that sleeps
	case len(d.packet) == 0 && b < ssiHeader:
		d.skipping = true // no packet begins so
		return
	}
	d.packet = append(d.packet, b)
	if len(d.packet) == int(d.packet[0])+ssiChecksum {
		p := d.packet
		d.packet = d.packet[:0]
		d.take(p, tell)
	}
}

// take answers a whole packet.
func (d *ssiDecoder) take(p []byte, tell func(device.Event)) {
	body, sum := p[:p[0]], p[p[0]:]
	if want := ssiSum(body); sum[0] != byte(want>>8) || sum[1] != byte(want) {
		d.reply(ssiPacket(opNAK, resend))
		if d.damaged++; d.damaged == ssiTries {
			d.damaged, d.scan = 0, nil
			tell(device.Event{Kind: device.Misread, Err: errPacket})
		}
		return
	}
	d.damaged = 0
	op, status, data := body[1], body[3], body[ssiHeader:]
	switch op {
	case opACK, opNAK: // of our beeps
	case opDecode, opEvent:
		d.reply(ssiPacket(opACK))
		again := append([]byte{op}, data...)
		if status&resent != 0 && bytes.Equal(again, d.last) {
			return
		}
		d.last = again
		if op == opDecode {
			d.decoded(status, data, tell)
		}
	default:
		d.reply(ssiPacket(opNAK, outOfContext))
	}
}

// decoded takes a packet of a scan: its first byte names the symbology.
func (d *ssiDecoder) decoded(status byte, data []byte, tell func(device.Event)) {
	if len(data) == 0 {
		tell(device.Event{Kind: device.Misread, Err: errNoData})
		return
	}
	d.scan = append(d.scan, data[1:]...)
	switch {
	case len(d.scan) > MaxScan:
		d.scan = nil
		tell(device.Event{Kind: device.Misread, Err: errLong})
		return
	case status&continues != 0:
		return
	}
	scan := split(d.scan)
	d.scan = nil
	if scan.AIM == "" {
		scan.AIM = ssiSymbologies[data[0]]
	}
	if len(scan.Data) == 0 {
		tell(device.Event{Kind: device.Misread, Err: errNoData})
		return
	}
	tell(device.Event{Kind: device.Scanned, Scan: scan})
}

// ssiSymbologies are the symbology identifiers of SSI's numbers, of those that
// are one thing only; the scanner may be set to send its own.
var ssiSymbologies = map[byte]string{
	0x01: "]A0", // Code 39
	0x03: "]C0", // Code 128
	0x06: "]I0", // Interleaved 2 of 5
	0x08: "]E0", // UPC-A
	0x09: "]E0", // UPC-E
	0x0a: "]E4", // EAN-8
	0x0b: "]E0", // EAN-13
	0x0f: "]C1", // GS1-128
	0x1b: "]d1", // Data Matrix
	0x1c: "]Q1", // QR
}
