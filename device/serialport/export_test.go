package serialport

import "go.bug.st/serial"

// Line is the wrapped device below a Port.
type Line = line

var ErrClosed = errClosed

func OpenLine(path string) (*Line, error) {
	mode, err := Settings{}.mode()
	if err != nil {
		return nil, err
	}
	return openLine(path, mode)
}

// Bare is the library's port without our wrapper.
func (l *Line) Bare() serial.Port { return l.port }
