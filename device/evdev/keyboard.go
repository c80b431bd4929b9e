package evdev

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// missing stands where a character is lost: the drivers drop what is around a byte of
// zero, so that half a number is never a member's.
const missing = '\x00'

// The keys that change others.
const (
	leftCtrl, rightCtrl   = 29, 97
	leftShift, rightShift = 42, 54
	leftAlt, rightAlt     = 56, 100
	capsLock              = 58
)

// keyboard makes characters of the keys of one device.
type keyboard struct {
	layout Layout

	held   map[uint16]bool // of the keys that change others
	caps   bool
	accent rune   // that waits for its letter
	number digits // keyed while Alt is held
	lost   bool   // between SYN_DROPPED and the report's end
}

func newKeyboard(layout Layout) *keyboard {
	return &keyboard{layout: layout, held: map[uint16]bool{}}
}

// take adds what an event types to text. Where it returns true, events were lost, and
// resume has to be told how the keys are now.
func (k *keyboard) take(e Event, text []byte) (_ []byte, resume bool) {
	switch {
	case e.Type == evSyn && e.Code == synDropped:
		k.lost = true
		return append(text, missing), false
	case e.Type == evSyn && e.Code == synReport && k.lost:
		k.lost = false
		return text, true
	case k.lost: // what the kernel says of it must be thrown away (event-codes.rst)
	case e.Type == evLED && e.Code == ledCaps:
		k.caps = e.Value != 0
	case e.Type == evKey && e.Value == pressed:
		return k.press(e.Code, text), false
	case e.Type == evKey && e.Value == released:
		return k.release(e.Code, text), false
	}
	return text, false
}

// resume begins anew with the keys that are down.
func (k *keyboard) resume(down func(code uint16) bool, caps bool) {
	*k = *newKeyboard(k.layout)
	k.caps = caps
	for _, code := range modifiers {
		k.held[code] = down(code)
	}
}

var modifiers = []uint16{leftCtrl, rightCtrl, leftShift, rightShift, leftAlt, rightAlt}

func (k *keyboard) press(code uint16, text []byte) []byte {
	switch code {
	case leftCtrl, rightCtrl, leftShift, rightShift, leftAlt, rightAlt:
		k.held[code] = true
		k.number = digits{}
		return text
	case capsLock:
		k.caps = !k.caps
		return text
	}
	if digit := same[code]; k.alt() && isDigitKey(code) {
		k.number.key(byte(digit))
		return text
	}
	character, printed := k.character(code)
	if !printed {
		return text
	}
	return k.accented(character, text)
}

// release ends a number that was keyed under Alt.
func (k *keyboard) release(code uint16, text []byte) []byte {
	if !k.held[code] {
		return text
	}
	delete(k.held, code)
	if code != leftAlt && code != rightAlt || k.number.count == 0 {
		return text
	}
	character := k.number.character()
	k.number = digits{}
	return k.accented(character, text)
}

func (k *keyboard) shifted() bool { return k.held[leftShift] || k.held[rightShift] }

func (k *keyboard) ctrl() bool { return k.held[leftCtrl] || k.held[rightCtrl] }

// altGr is the right Alt, where the layout has a use for it; Windows takes Ctrl and Alt for it, too.
func (k *keyboard) altGr() bool {
	return len(k.layout.third) > 0 && (k.held[rightAlt] || k.ctrl() && k.held[leftAlt])
}

func (k *keyboard) alt() bool { return (k.held[leftAlt] || k.held[rightAlt]) && !k.altGr() }

// character is what a key is with the others that are held; false where it is no
// character on any keyboard, as F1 is, which scanners send around a scan when told to.
func (k *keyboard) character(code uint16) (rune, bool) {
	if always, ok := same[code]; ok {
		return always, true
	}
	plain, ok := k.layout.plain[code]
	if !ok {
		return 0, false
	}
	switch {
	case k.altGr():
		return k.layout.third[code], true
	case k.alt():
		return missing, true // a menu's key, not a scan's
	case k.ctrl():
		return control(plain, code), true
	case k.shifted() != (k.caps && unicode.IsLetter(plain)):
		return k.layout.shift[code], true
	}
	return plain, true
}

// control is what Ctrl makes of a key: by its character, or on keyboards where that is
// none of them by the character of a US one, which scanners' manuals name (Ctrl and ]
// is the GS between GS1 elements).
func control(plain rune, code uint16) rune {
	for _, character := range []rune{unicode.ToUpper(plain), unicode.ToUpper(us.plain[code])} {
		if character >= '@' && character <= '_' {
			return character & 0x1f
		}
	}
	return missing
}

var us, _ = Named("us")

// accented adds a character, behind an accent the letter that both are. 0 is a
// character that is missing.
func (k *keyboard) accented(character rune, text []byte) []byte {
	if k.accent == 0 && spacing[character] != 0 {
		k.accent = character
		return text
	}
	accent := k.accent
	k.accent = 0
	switch {
	case accent == 0:
	case character == ' ' || character == accent:
		character = spacing[accent]
	default:
		both := norm.NFC.String(string(character) + string(accent))
		if composed, size := utf8.DecodeRuneInString(both); size == len(both) {
			return utf8.AppendRune(text, composed)
		}
		text = utf8.AppendRune(text, spacing[accent])
	}
	return utf8.AppendRune(text, character)
}
