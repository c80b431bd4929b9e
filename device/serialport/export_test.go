package serialport

import (
	"time"

	"go.bug.st/serial"
)

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

// Waits returns the first n waits of a port that never opens.
func Waits(n int) []time.Duration {
	var b backoff
	waits := make([]time.Duration, n)
	for i := range waits {
		waits[i] = b.next()
	}
	return waits
}

// WaitAfter returns the wait after a session that followed many failures.
func WaitAfter(session time.Duration) time.Duration {
	b := backoff{ceiling: maxWait}
	b.ended(session)
	return b.next()
}
