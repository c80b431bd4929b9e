package sim

import "fmt"

// Scanner plays a serial bar code scanner.
type Scanner struct {
	plug
}

// NewScanner plugs a scanner in at path, as NewKeypad does.
func NewScanner(path string) (*Scanner, error) {
	s := &Scanner{newPlug(path, func([]byte) []byte { return nil })}
	return s, s.Replug()
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
