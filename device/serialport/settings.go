package serialport

import (
	"fmt"
	"time"

	"go.bug.st/serial"
)

// Parity is the parity bit of a character.
type Parity byte

// The parities. The zero Parity is None.
const (
	None Parity = iota
	Odd
	Even
	Mark
	Space
)

// Settings are those of the line. The zero Settings are 9600 8N1, the default
// of nearly every device at a counter.
type Settings struct {
	Baud     int    // bits per second; 0 is 9600
	DataBits int    // 5 to 8; 0 is 8
	Parity   Parity // of each character
	StopBits int    // 1 or 2; 0 is 1
}

// withDefaults returns s with each zero replaced by what it stands for.
func (s Settings) withDefaults() Settings {
	if s.Baud == 0 {
		s.Baud = 9600
	}
	if s.DataBits == 0 {
		s.DataBits = 8
	}
	if s.StopBits == 0 {
		s.StopBits = 1
	}
	return s
}

// mode translates s for the library, which finds out only after opening the
// device that it cannot do it.
func (s Settings) mode() (serial.Mode, error) {
	s = s.withDefaults()
	if s.Baud < 0 {
		return serial.Mode{}, fmt.Errorf("baud rate %d is negative", s.Baud)
	}
	if s.DataBits < 5 || s.DataBits > 8 {
		return serial.Mode{}, fmt.Errorf("data bits are %d, not 5 to 8", s.DataBits)
	}
	parity, ok := parities[s.Parity]
	if !ok {
		return serial.Mode{}, fmt.Errorf("parity %d is unknown", s.Parity)
	}
	stop, ok := stopBits[s.StopBits]
	if !ok {
		return serial.Mode{}, fmt.Errorf("stop bits are %d, not 1 or 2", s.StopBits)
	}
	return serial.Mode{BaudRate: s.Baud, DataBits: s.DataBits, Parity: parity, StopBits: stop}, nil
}

var parities = map[Parity]serial.Parity{
	None:  serial.NoParity,
	Odd:   serial.OddParity,
	Even:  serial.EvenParity,
	Mark:  serial.MarkParity,
	Space: serial.SpaceParity,
}

var stopBits = map[int]serial.StopBits{1: serial.OneStopBit, 2: serial.TwoStopBits}

// wireTime is how long n characters take on the line, start and stop bits
// included.
func (s Settings) wireTime(n int) time.Duration {
	s = s.withDefaults()
	bits := 1 + s.DataBits + s.StopBits
	if s.Parity != None {
		bits++
	}
	return time.Duration(n) * time.Duration(bits) * time.Second / time.Duration(s.Baud)
}
