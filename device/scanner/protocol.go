package scanner

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/device"
)

// Protocol is how a scanner is spoken to. What it sends is plain text in each
// but SSI's.
type Protocol byte

// The protocols.
const (
	// Plain scanners are told nothing.
	Plain Protocol = iota
	// Honeywell's take a host's acknowledgement (ESC and a digit).
	Honeywell
	// Datalogic's take single letters.
	Datalogic
	// CipherLab's take commands between # and CR; they can only beep.
	CipherLab
	// SSI is Zebra's Simple Serial Interface: packets, each acknowledged.
	SSI
)

// names are what configurations call the protocols, in their order.
var names = [...]string{"plain", "honeywell", "datalogic", "cipherlab", "ssi"}

// Named returns the protocol of a name.
func Named(name string) (Protocol, error) {
	for i, known := range names {
		if known == name {
			return Protocol(i), nil
		}
	}
	return 0, fmt.Errorf("no scanner protocol is named %q: write one of %q", name, names)
}

// sounds are what makes a scanner sound good, and bad; empty where it can not.
var sounds = [...]struct{ good, bad string }{
	Plain:     {},
	Honeywell: {"\x1b7", "\x1b8"},
	Datalogic: {"B", "FE"}, // not on file: it reads nothing more until it is enabled
	CipherLab: {"", "#@////\r"},
	SSI:       {string(ssiBeep(shortHigh)), string(ssiBeep(threeShortLow))},
}

func (p Protocol) sound(f device.Feedback) string {
	switch f {
	case device.Good:
		return sounds[p].good
	case device.Bad:
		return sounds[p].bad
	}
	return ""
}
