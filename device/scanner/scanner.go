// Package scanner reads a serial bar code scanner: where one scan ends and the
// next begins, and which part of it names the symbology. What a scan means is
// left to the checkout.
package scanner

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// Scanner is the driver of one bar code scanner.
type Scanner struct {
	// TerminatorTimeout is described at Decoder; SSI has no use for it. Protocol is
	// what the scanner is set to. Set them before Run.
	TerminatorTimeout time.Duration
	Protocol          Protocol

	name   string
	port   device.Port
	events chan<- device.Event
}

// New returns the driver of the scanner at port, which it alone uses. Its events
// carry name and go to events, which should be buffered; while events is full
// nothing more is read.
func New(name string, port device.Port, events chan<- device.Event) *Scanner {
	return &Scanner{name: name, port: port, events: events}
}

var _ device.Scanner = (*Scanner)(nil)

// Sound is described at device.Scanner.
func (s *Scanner) Sound(f device.Feedback) {
	if sound := s.Protocol.sound(f); sound != "" {
		s.send([]byte(sound))
	}
}

// send tells the scanner something that it need not hear.
func (s *Scanner) send(p []byte) { _ = s.port.Write(p) }

func (s *Scanner) decoder() device.Decoder {
	if s.Protocol == SSI {
		return &ssiDecoder{reply: s.send}
	}
	return &Decoder{TerminatorTimeout: s.TerminatorTimeout}
}

// Run reads scans until ctx ends, and returns as the port's Run does. It is
// called once.
func (s *Scanner) Run(ctx context.Context) error {
	input := device.Input{Name: s.name, Port: s.port, Events: s.events, Decoder: s.decoder()}
	if err := input.Run(ctx); err != nil {
		return fmt.Errorf("scanner %q: %w", s.name, err)
	}
	return nil
}
