package printer

// answer is what a printer said, whole.
type answer struct {
	kind  answerKind
	bytes [8]byte // of a Star status the first eight
}

type answerKind byte

const (
	realTime  answerKind = iota + 1 // DLE EOT's: one byte
	automatic                       // GS a's: four
	processed                       // GS ( H's: the four of a number
	queued                          // GS r's: one
	starStatus
)

const (
	blockHeader = 0x37 // begins what ends with NUL
	processMark = 0x22
	blockLength = 7 // header, mark, four of a number, NUL
	maxStar     = 31
)

// replies takes the bytes of a printer apart. Fixed bits tell what a byte is:
// real-time answers are 0xx1xx10, the first of an automatic status is 0xx1xx00
// and its others 0xx0xxxx, as GS r's answer is; XON and XOFF come anywhere.
type replies struct {
	star  bool
	block []byte // begun and not whole
}

// take takes a byte and returns what it completes.
func (r *replies) take(b byte) (answer, bool) {
	if b == 0x11 || b == 0x13 {
		return answer{}, false
	}
	if r.star {
		return r.takeStar(b)
	}
	if len(r.block) > 0 {
		if a, goes := r.goOn(b); goes {
			return a, a.kind != 0
		}
		r.block = r.block[:0] // it broke off
	}
	switch {
	case b == blockHeader || b&0x93 == 0x10:
		r.block = append(r.block, b)
	case b&0x93 == 0x12:
		return answer{kind: realTime, bytes: [8]byte{b}}, true
	case b&0x90 == 0:
		return answer{kind: queued, bytes: [8]byte{b}}, true
	}
	return answer{}, false
}

// goOn adds a byte to what has begun, and returns false where it is none of it.
func (r *replies) goOn(b byte) (a answer, goes bool) {
	if r.block[0] != blockHeader {
		if b&0x90 != 0 {
			return a, false
		}
		return r.add(b, 4, automatic, 0), true
	}
	if len(r.block) == 1 && b != processMark || len(r.block) == blockLength-1 && b != 0 {
		return a, false
	}
	return r.add(b, blockLength, processed, 2), true
}

// add adds a byte, and returns the answer once there are so many; it begins from
// a place on.
func (r *replies) add(b byte, whole int, kind answerKind, from int) (a answer) {
	if r.block = append(r.block, b); len(r.block) < whole {
		return a
	}
	a.kind = kind
	copy(a.bytes[:], r.block[from:])
	r.block = r.block[:0]
	return a
}

// takeStar reads Star's status, whose first byte, 0xx0xxx1, tells the length.
func (r *replies) takeStar(b byte) (answer, bool) {
	if len(r.block) == 0 && (b&0x91 != 0x01 || starLength(b) < len(answer{}.bytes)) {
		return answer{}, false
	}
	r.block = append(r.block, b)
	if len(r.block) < min(starLength(r.block[0]), maxStar) {
		return answer{}, false
	}
	a := answer{kind: starStatus}
	copy(a.bytes[:], r.block)
	r.block = r.block[:0]
	return a, true
}

func starLength(header byte) int { return int(header>>2&0x18 | header>>1&0x07) }

// counter is how many jobs Star's printer has worked through, modulo 32.
func (a answer) counter() uint32 {
	eighth := a.bytes[7]
	return uint32(eighth>>2&0x18 | eighth>>1&0x07)
}
