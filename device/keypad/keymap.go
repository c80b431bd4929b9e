package keypad

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/device"
)

// Map says which key a byte sequence means.
type Map map[string]device.Key

// maxSequence is the longest sequence a map may hold, in bytes.
const maxSequence = 16

// Default returns the keys of a plain ASCII keypad: 0 to 9, CR for ENTER, BS or
// DEL for CLEAR, ESC for CANCEL, and the letters A to F, in either case, for
// REDEEM, VOID, ENROLL, COPY, RETURN and MENU.
func Default() Map {
	m := Map{
		"\r":   device.Enter,
		"\b":   device.Clear,
		"\x7f": device.Clear,
		"\x1b": device.Cancel,
	}
	for i := range 10 {
		m[string(rune('0'+i))] = device.Digit0 + device.Key(i)
	}
	for i, key := range []device.Key{device.Redeem, device.Void, device.Enroll, device.Copy, device.Return, device.Menu} {
		m[string(rune('A'+i))] = key
		m[string(rune('a'+i))] = key
	}
	return m
}

// check returns what is wrong with m.
func (m Map) check() error {
	if len(m) == 0 {
		return errors.New("key map is empty")
	}
	for sequence, key := range m {
		if sequence == "" {
			return fmt.Errorf("key map: %v has no bytes", key)
		}
		if len(sequence) > maxSequence {
			return fmt.Errorf("key map: sequence %q has more than %d bytes", sequence, maxSequence)
		}
		if key < device.Digit0 || key > device.Menu {
			return fmt.Errorf("key map: sequence %q means no key", sequence)
		}
	}
	return nil
}
