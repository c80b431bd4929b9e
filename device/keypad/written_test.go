package keypad_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/keypad"
)

// A key that is written sends what is written alone, the others what they did.
func TestWritten(t *testing.T) {
	m, err := keypad.Written([]string{"ENTER 0d0a", "CLEAR 08", "CLEAR 18", "0 1b 4f 70", "REDEEM 42"})
	if err != nil {
		t.Fatal(err)
	}
	for sequence, want := range map[string]device.Key{
		"\r\n": device.Enter, "\r": 0, "\b": device.Clear, "\x18": device.Clear, "\x7f": 0,
		"\x1bOp": device.Digit0, "0": 0, "1": device.Digit1, "A": 0, "B": device.Redeem, "C": device.Enroll,
	} {
		if got := m[sequence]; got != want {
			t.Errorf("%q is %v, want %v", sequence, got, want)
		}
	}
}

// What cannot be a key is refused with its line.
func TestWrittenWrong(t *testing.T) {
	for _, line := range []string{"ENTRE 0d", "ENTER", "ENTER 0", "ENTER xx", "", "10 0d", "DIGIT 30", "ENTER 00112233445566778899aabbccddeeff00"} {
		if _, err := keypad.Written([]string{line}); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	if _, err := keypad.Written([]string{"ENTER 0d", "CLEAR 0d"}); err == nil {
		t.Error("one byte is two keys")
	}
}

// Whatever a configuration writes for a key is refused, or makes a map that works and
// has that key with those bytes.
func FuzzWritten(f *testing.F) {
	for _, seed := range []string{"ENTER 0d0a", "0 1b 4f 70", "CLEAR", "ENTER 0", "MENU ff", "10 0d", "ENTER  0d"} {
		f.Add(seed, "CLEAR 08")
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		m, err := keypad.Written([]string{one, other})
		if err != nil {
			return
		}
		d, err := keypad.NewDecoder(m)
		if err != nil {
			t.Fatalf("%q and %q make a map that does not work: %v", one, other, err)
		}
		for sequence, want := range m {
			if got := all(d, sequence); len(got) != 1 || got[0] != want {
				t.Errorf("%q is %v, want %v", sequence, got, want)
			}
		}
	})
}
