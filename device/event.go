package device

import (
	"context"
	"strconv"
	"time"
)

// Kind is what an event tells.
type Kind byte

// The kinds of events. A device's first event is Online or Offline.
const (
	// KeyPressed carries Key.
	KeyPressed Kind = iota + 1
	// Online says that the device's port is open.
	Online
	// Offline says that the port was lost, or could not be opened at the
	// start; Err is the reason. It comes once, not with every attempt.
	Offline
	// Misread says that bytes came in that mean nothing here, as a bad cable
	// or a wrong baud rate gives: a key or a scan may be missing before this
	// event. Err tells how many, never which.
	Misread
	// Scanned carries Scan.
	Scanned
	// StatusUpdate carries Status, whenever it is another than before. A
	// printer's status is unknown after Online and Offline, without an event.
	StatusUpdate
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case KeyPressed:
		return "key pressed"
	case Online:
		return "online"
	case Offline:
		return "offline"
	case Misread:
		return "misread"
	case Scanned:
		return "scanned"
	case StatusUpdate:
		return "status update"
	}
	return "kind(" + strconv.Itoa(int(k)) + ")"
}

// Event is something that happened at a device.
type Event struct {
	Device string    // its configured name
	At     time.Time // when the driver learned of it
	Kind   Kind
	Key    Key           // of KeyPressed
	Scan   Scan          // of Scanned
	Status PrinterStatus // of StatusUpdate
	Err    error         // of Offline and Misread
}

// Deliver puts e, dated now, on events. It waits while the channel is full, so
// that no key or scan is ever lost to a slow reader, but not beyond the end of ctx.
func Deliver(ctx context.Context, events chan<- Event, e Event) {
	e.At = time.Now()
	select {
	case events <- e:
	case <-ctx.Done():
	}
}
