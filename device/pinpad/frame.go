package pinpad

import "bytes"

// The bytes of the line. A checksum (LRC) may be any of them, so what a byte is
// depends on where it stands.
const (
	stx = 0x02
	etx = 0x03
	eot = 0x04
	ack = 0x06
	nak = 0x15
	sub = 0x1a // clears the pad's display
	gs  = 0x1d // the id of a prompt follows
)

// longestFrame bounds what is kept of a frame: the longest answer has some
// fifty bytes.
const longestFrame = 256

// framed puts a message into a frame: STX, message, ETX, and the exclusive or
// of what follows STX.
func framed(message string) []byte {
	f := append([]byte{stx}, message...)
	f = append(f, etx)
	return append(f, lrc(f[1:]))
}

func lrc(p []byte) (sum byte) {
	for _, b := range p {
		sum ^= b
	}
	return sum
}

// piece is what the line brought: a control byte, or a frame's message.
type piece struct {
	control byte   // ACK, NAK or EOT
	message string // of a frame
	damaged bool   // a frame with a wrong checksum, or too long
}

// pieces parts the bytes of a line. Its zero value is ready.
type pieces struct {
	frame []byte // from behind STX; nil outside of one
	whole bool   // the next byte is the checksum
}

// take gives what a byte ends, if it ends anything.
func (p *pieces) take(b byte) (piece, bool) {
	switch {
	case p.whole:
		message, damaged := string(bytes.TrimSuffix(p.frame, []byte{etx})), lrc(p.frame) != b
		*p = pieces{}
		return piece{message: message, damaged: damaged}, true
	case p.frame != nil:
		p.frame = append(p.frame, b)
		p.whole = b == etx
		if len(p.frame) > longestFrame {
			*p = pieces{}
			return piece{damaged: true}, true
		}
	case b == stx:
		p.frame = []byte{}
	case b == ack, b == nak, b == eot:
		return piece{control: b}, true
	}
	return piece{}, false
}

// begun reports whether a frame has begun and not ended.
func (p *pieces) begun() bool { return p.frame != nil }
