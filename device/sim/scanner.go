package sim

import (
	"context"
	"fmt"
)

// Scanner plays a serial bar code scanner.
type Scanner struct {
	plug
	record
	told []byte
}

// NewScanner plugs a scanner in at path, as NewKeypad does.
func NewScanner(path string) (*Scanner, error) {
	s := &Scanner{}
	s.plug = newPlug(path, func(p []byte) []byte {
		s.take(p, func() { s.told = append(s.told, p...) })
		return nil
	})
	return s, s.Replug()
}

// WaitTold returns once the host has told the scanner these bytes, and nothing
// before them, or with the cause of the end of ctx.
func (s *Scanner) WaitTold(ctx context.Context, want string) error {
	return s.wait(ctx, func() bool { return string(s.told) == want })
}

// Scan sends one bar code with CR LF behind it, as most scanners are set. A
// symbology identifier is the caller's to put in front.
func (s *Scanner) Scan(code string) error { return s.Send(code + "\r\n") }

// Send sends bytes as they stand, to play other frames and faults.
func (s *Scanner) Send(raw string) error {
	if err := s.write([]byte(raw)); err != nil {
		return fmt.Errorf("scan on %q: %w", s.Path(), err)
	}
	return nil
}
