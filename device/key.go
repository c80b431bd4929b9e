package device

import "strconv"

// Key is what a key of the keypad means, whatever bytes the keypad sends for it.
type Key byte

// The keys. The zero Key is none of them.
const (
	Digit0 Key = iota + 1
	Digit1
	Digit2
	Digit3
	Digit4
	Digit5
	Digit6
	Digit7
	Digit8
	Digit9
	Enter
	Clear
	Cancel
	Redeem
	Void
	Enroll
	Copy
	Return
	Menu
)

// String names the key. All ten digits share one name: a log of the keys of a
// conversation would otherwise spell the customer's phone number.
func (k Key) String() string {
	if _, ok := k.Digit(); ok {
		return "DIGIT"
	}
	switch k {
	case Enter:
		return "ENTER"
	case Clear:
		return "CLEAR"
	case Cancel:
		return "CANCEL"
	case Redeem:
		return "REDEEM"
	case Void:
		return "VOID"
	case Enroll:
		return "ENROLL"
	case Copy:
		return "COPY"
	case Return:
		return "RETURN"
	case Menu:
		return "MENU"
	}
	return "KEY(" + strconv.Itoa(int(k)) + ")"
}

// Digit returns the ASCII digit of a digit key, '0' to '9'.
func (k Key) Digit() (byte, bool) {
	if k < Digit0 || k > Digit9 {
		return 0, false
	}
	return '0' + byte(k-Digit0), true
}
