package device

import (
	"context"
	"time"
)

// Port carries bytes to and from one device, and opens the device again
// whenever it was lost. A driver runs one port and owns it.
type Port interface {
	// Run keeps the port open until ctx ends, telling h what happens. It is
	// called once. It returns nil after ctx ended, the port is closed and its
	// goroutines have returned; an error says that the configuration can never
	// work.
	Run(ctx context.Context, h Handler) error
	// Write queues p as one piece and returns at once; p may be changed
	// afterwards. It may be called from any goroutine. Its errors are
	// ErrOffline, ErrFull and ErrTooLarge, and after any of them nothing was
	// queued.
	Write(p []byte) error
	// WireTime is how long n bytes take on the line. A writer that wants the
	// latest text to win waits that long before it sends more.
	WireTime(n int) time.Duration
}

// Handler is what a driver is told by its port: Online, then Receive any number
// of times, then Offline, one call at a time. A port that cannot be opened at
// the start tells Offline first; one that is closed by its owner tells nothing
// more.
type Handler interface {
	// Online says that the port is open and takes writes, the one by this call
	// included. The device may have forgotten all it was told before.
	Online()
	// Receive hands over what was read, at least one byte, valid only during
	// the call.
	Receive(p []byte)
	// Offline says that the port was lost and why, and how many pieces that
	// Write had taken were not handed to the system whole. What was handed over
	// shortly before may not have reached the device either.
	Offline(err error, unsent int)
}
