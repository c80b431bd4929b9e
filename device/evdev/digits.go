package evdev

import "golang.org/x/text/encoding/charmap"

// digits are a character's number, keyed on the block of digits while Alt is held:
// so scanners send what no key of the layout is, or all characters. With a leading
// zero it is of Windows' code page 1252, without one of DOS' 437.
type digits struct {
	count int
	zero  bool // the first one
	value int
}

// longest is how many digits a number has at most.
const longest = 4

func isDigitKey(code uint16) bool { return code >= 71 && code <= 82 && code != 74 && code != 78 }

func (d *digits) key(digit byte) {
	if d.count == 0 {
		d.zero = digit == '0'
	}
	if d.count < longest {
		d.value = d.value*10 + int(digit-'0')
	}
	d.count++
}

// character is missing where there is none of such a number.
func (d *digits) character() rune {
	switch {
	case d.count > longest || d.value > 0xff:
		return missing
	case d.value < 0x80:
		return rune(d.value)
	case d.zero:
		return charmap.Windows1252.DecodeByte(byte(d.value))
	}
	return charmap.CodePage437.DecodeByte(byte(d.value))
}
