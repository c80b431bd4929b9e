package sim

import (
	"errors"
	"strings"
	"sync"
	"time"
)

// ErrUnplugged answers what needs a plugged device.
var ErrUnplugged = errors.New("simulated device is unplugged")

// writeTimeout bounds a write that the program does not read.
const writeTimeout = 2 * time.Second

// plug connects a simulated device with the program. All of it may be called
// from any goroutine.
type plug interface {
	// Path returns the path or the TCP address to open.
	Path() string
	// Unplug pulls the plug: the program's reads and writes fail, and there is
	// nothing to open. A device that is unplugged already stays so.
	Unplug() error
	// Replug brings the device back at the same place, with nothing of what was
	// on the line. A device that is plugged in stays so.
	Replug() error
	// Stall has the device take no more bytes, as one that is busy or switched
	// off, until it is told to go on or is unplugged. It may have taken some
	// that it acts on afterwards.
	Stall(stalled bool)
	// Close unplugs the device for good. It may be called twice.
	Close() error

	write(p []byte) error
}

// newPlug makes a terminal behind path or, after "tcp:", a socket at an address.
// receive gets what the program writes and returns the device's answer.
func newPlug(path string, receive func(p []byte) []byte) plug {
	if address, ok := strings.CutPrefix(path, "tcp:"); ok {
		return &socket{address: address, receive: receive}
	}
	return &terminal{path: path, receive: receive}
}

// valve holds a reader up while its device is stalled.
type valve struct {
	mu     sync.Mutex
	closed chan struct{} // closed when the valve opens; nil while it is open
}

// Stall is described at plug.
func (v *valve) Stall(stalled bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case stalled && v.closed == nil:
		v.closed = make(chan struct{})
	case !stalled && v.closed != nil:
		close(v.closed)
		v.closed = nil
	}
}

// pass waits until the valve is open, and returns false if gone is closed before.
func (v *valve) pass(gone <-chan struct{}) bool {
	v.mu.Lock()
	closed := v.closed
	v.mu.Unlock()
	if closed == nil {
		return true
	}
	select {
	case <-closed:
		return true
	case <-gone:
		return false
	}
}
