package sim

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/device"
)

// Keypad plays a plain ASCII keypad with the default keys.
type Keypad struct {
	plug
}

// NewKeypad plugs a keypad in at path, a symbolic link it makes, or at a TCP
// address, "tcp:host:port". Port 0 is any that is free; Path tells which.
func NewKeypad(path string) (*Keypad, error) {
	k := &Keypad{newPlug(path, func([]byte) []byte { return nil })}
	return k, k.Replug()
}

// Type sends s byte by byte as it stands, a key per character: digits, "\r" for
// ENTER, "A" to "F". A program that has not opened the keypad yet, or is about
// to, never sees it.
func (k *Keypad) Type(s string) error {
	if err := k.write([]byte(s)); err != nil {
		return fmt.Errorf("type on %q: %w", k.Path(), err)
	}
	return nil
}

// Press sends the byte of one key.
func (k *Keypad) Press(key device.Key) error {
	if digit, ok := key.Digit(); ok {
		return k.Type(string(rune(digit)))
	}
	b, ok := keyBytes[key]
	if !ok {
		return fmt.Errorf("press on %q: the keypad has no %v key", k.Path(), key)
	}
	return k.Type(b)
}

var keyBytes = map[device.Key]string{
	device.Enter:  "\r",
	device.Clear:  "\b",
	device.Cancel: "\x1b",
	device.Redeem: "A",
	device.Void:   "B",
	device.Enroll: "C",
	device.Copy:   "D",
	device.Return: "E",
	device.Menu:   "F",
}
