package serialport_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device/serialport"
)

// Settings no line can have are refused before the device is opened.
func TestSettingsRefused(t *testing.T) {
	for name, s := range map[string]serialport.Settings{
		"negative baud":   {Baud: -1},
		"nine data bits":  {DataBits: 9},
		"unknown parity":  {Parity: serialport.Space + 1},
		"three stop bits": {StopBits: 3},
	} {
		p := &serialport.Port{Path: filepath.Join(t.TempDir(), "none"), Settings: s}
		if err := p.Run(context.Background(), newListener()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Settings of real devices reach the library; a pseudo-terminal accepts them all.
func TestSettingsAccepted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	for name, s := range map[string]serialport.Settings{
		"9600 8N1":   {},
		"1200 7E1":   {Baud: 1200, DataBits: 7, Parity: serialport.Even},
		"9600 8O1":   {Parity: serialport.Odd},
		"9600 7S2":   {DataBits: 7, Parity: serialport.Space, StopBits: 2},
		"115200 8M1": {Baud: 115200, Parity: serialport.Mark},
	} {
		plug(t, path)
		l := newListener()
		stop := start(t, &serialport.Port{Path: path, Settings: s}, l)
		if told := l.next(t); !told.online {
			t.Errorf("%s: %v", name, told.err)
		}
		stop()
	}
}

// A character has a start bit, its data bits, perhaps a parity bit, and stop bits.
func TestWireTime(t *testing.T) {
	for _, c := range []struct {
		settings serialport.Settings
		n        int
		want     time.Duration
	}{
		{serialport.Settings{}, 0, 0},
		{serialport.Settings{}, 960, time.Second},
		{serialport.Settings{Baud: 1200, DataBits: 7, Parity: serialport.Even}, 120, time.Second},
		{serialport.Settings{Baud: 1200, Parity: serialport.Odd, StopBits: 2}, 100, time.Second},
	} {
		p := &serialport.Port{Settings: c.settings}
		if got := p.WireTime(c.n); got != c.want {
			t.Errorf("%+v: %d bytes take %v, want %v", c.settings, c.n, got, c.want)
		}
	}
}
