package escpos

import (
	"errors"
	"fmt"
)

// What another program's job must not do to the receipts behind it.
var (
	errUnfinished = errors.New("it ends in the middle of a command")
	errDeaf       = errors.New("it tells the printer to listen no more, or to switch off")
	errStar       = errors.New("a printer in Star Line Mode takes no bytes of others: send lines")
)

// CheckForeign says why the bytes of another program must not go to a printer that
// is shared: the last command lacks a part, which would be taken from the next
// receipt, or the printer would hear no more. Commands that are not known are taken
// to have one argument, as most have. Lengths: Epson ESC/POS. Those of Star Line Mode
// are not known here, so a printer in it takes none.
func (p Profile) CheckForeign(job []byte) error {
	if p.SpeaksStar() {
		return errStar
	}
	for at := 0; at < len(job); {
		rest := job[at:]
		if deafens(rest) {
			return fmt.Errorf("byte %d: %w", at, errDeaf)
		}
		n := commandLength(rest)
		if n > len(rest) {
			return fmt.Errorf("byte %d: %w", at, errUnfinished)
		}
		at += n
	}
	return nil
}

// deafens reports whether a command deselects the printer (ESC =) or switches it
// off (DLE DC4 2).
func deafens(b []byte) bool {
	if len(b) < 3 {
		return false
	}
	return b[0] == 0x1b && b[1] == '=' && b[2]&1 == 0 || b[0] == 0x10 && b[1] == 0x14 && b[2] == 2
}

// commandLength is how many bytes the command or letter takes that b begins with:
// more than b has where it is not whole.
func commandLength(b []byte) int {
	if b[0] != 0x10 && b[0] != 0x1b && b[0] != 0x1c && b[0] != 0x1d {
		return 1
	}
	if len(b) < 2 {
		return 2
	}
	op := [2]byte{b[0], b[1]}
	if n, ok := fixed[op]; ok {
		return n
	}
	if count, ok := counted[op]; ok {
		return count(b)
	}
	return 3
}

// fixed are the commands of a known length that is not 3.
var fixed = lengths(map[int]string{
	2: "\x1b@ \x1b2 \x1b< \x1bL \x1bS \x1b\x0c \x1bi \x1bm \x1bv \x1c& \x1c. \x1d: \x1dc",
	4: "\x1b$ \x1b\\ \x1bc \x1bB \x1cp \x1cS \x1d$ \x1d\\ \x1dL \x1dP \x1dW",
	5: "\x1bp \x1d^ \x1dz",
	6: "\x1dg",
	// In page mode: the area, each side of two bytes.
	10: "\x1bW",
})

func lengths(of map[int]string) map[[2]byte]int {
	all := map[[2]byte]int{}
	for n, names := range of {
		for ; len(names) >= 2; names = names[min(3, len(names)):] {
			all[[2]byte{names[0], names[1]}] = n
		}
	}
	return all
}

// counted are the commands whose own bytes say how long they are. Each is given
// at least two bytes and looks at no more than there are.
var counted = map[[2]byte]func(b []byte) int{
	{0x1b, '*'}: func(b []byte) int { // m nL nH: columns of one byte, or of three
		columns := number(b, 3, 2)
		if at(b, 2) >= 32 {
			columns *= 3
		}
		return 5 + columns
	},
	{0x1b, 'D'}: func(b []byte) int { return toZero(b, 2) },
	{0x1b, '('}: data(3, 2),
	{0x1c, '('}: data(3, 2),
	{0x1d, '('}: data(3, 2),
	{0x1d, '8'}: data(3, 4),
	{0x1d, 'v'}: func(b []byte) int { return 8 + number(b, 4, 2)*number(b, 6, 2) },
	{0x1d, 'Q'}: func(b []byte) int { return 8 + number(b, 4, 2)*number(b, 6, 2) },
	{0x1d, '*'}: func(b []byte) int { return 4 + at(b, 2)*at(b, 3)*8 },
	{0x1d, 'V'}: func(b []byte) int {
		if m := at(b, 2); m >= 'A' {
			return 4
		}
		return 3
	},
	{0x1d, 'k'}: func(b []byte) int {
		if at(b, 2) < 'A' {
			return toZero(b, 3)
		}
		return 4 + at(b, 3)
	},
	{0x10, 0x04}: func(b []byte) int {
		if n := at(b, 2); n == 7 || n == 8 {
			return 4
		}
		return 3
	},
	{0x10, 0x14}: func(b []byte) int {
		if at(b, 2) == 8 {
			return 10
		}
		return 5
	},
}

// data is the length of a command that has a function, how many bytes follow, in
// so many bytes from an offset, and these.
func data(offset, size int) func([]byte) int {
	return func(b []byte) int { return offset + size + number(b, offset, size) }
}

// at is a byte; 0 where it is not there, which leaves the command longer than b.
func at(b []byte, i int) int {
	if i < len(b) {
		return int(b[i])
	}
	return 0
}

// number reads a little-endian number of so many bytes.
func number(b []byte, from, size int) (n int) {
	for i := range size {
		n |= at(b, from+i) << (8 * i)
	}
	return n
}

// toZero is the length up to a zero behind an offset.
func toZero(b []byte, from int) int {
	for i := from; i < len(b); i++ {
		if b[i] == 0 {
			return i + 1
		}
	}
	return len(b) + 1
}
