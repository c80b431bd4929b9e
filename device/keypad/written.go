package keypad

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/device"
)

// Written returns the default map with keys that are written otherwise: each as
// the key's name and the bytes that it sends in hexadecimal, "ENTER 0d0a". A key
// that is written has none of its default bytes; written twice it has both.
func Written(lines []string) (Map, error) {
	m := Default()
	written := map[device.Key]bool{}
	for _, line := range lines {
		name, digits, _ := strings.Cut(line, " ")
		key, ok := named[name]
		sequence, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		if !ok || err != nil || len(sequence) == 0 {
			return nil, fmt.Errorf(`%q is no key: write its name (0 to 9, ENTER, CLEAR, CANCEL, REDEEM, VOID, ENROLL, COPY, RETURN, MENU) and its bytes, such as "ENTER 0d0a"`, line)
		}
		if !written[key] {
			written[key] = true
			m.forget(key)
		}
		if other, taken := m[string(sequence)]; taken && other != key && written[other] {
			return nil, fmt.Errorf("%q: these bytes are another key's", line)
		}
		m[string(sequence)] = key
	}
	return m, m.check()
}

// forget takes a key's sequences out.
func (m Map) forget(key device.Key) {
	for sequence, means := range m {
		if means == key {
			delete(m, sequence)
		}
	}
}

// named are the keys by the names that a configuration has.
var named = func() map[string]device.Key {
	m := map[string]device.Key{}
	for key := device.Digit0; key <= device.Menu; key++ {
		name := key.String()
		if digit, ok := key.Digit(); ok {
			name = string(rune(digit))
		}
		m[name] = key
	}
	return m
}()
