// Package printer sends whole receipts to an ESC/POS printer on a serial line.
// How a receipt looks, and which bytes make it, is left to the receipt packages.
package printer

import (
	"context"
	"fmt"
	"sync"

	"github.com/loyaltyd/loyaltyd/device"
)

// initialize is ESC @. It takes a printer back to its defaults that was plugged
// in anew, or was left in mid-job.
const initialize = "\x1b@"

// Printer is the driver of one receipt printer.
type Printer struct {
	name   string
	port   device.Port
	events chan<- device.Event

	mu    sync.Mutex // keeps the first job the first
	fresh bool       // no job was sent since the port was opened
}

var _ device.POSPrinter = (*Printer)(nil)

// New returns the driver of the printer at port, which it alone uses. Its Online
// and Offline events carry name and go to events.
func New(name string, port device.Port, events chan<- device.Event) *Printer {
	return &Printer{name: name, port: port, events: events, fresh: true}
}

// Run serves the printer until ctx ends, and returns as the port's Run does. It
// is called once.
func (p *Printer) Run(ctx context.Context) error {
	if err := p.port.Run(ctx, session{Printer: p, ctx: ctx}); err != nil {
		return fmt.Errorf("printer %q: %w", p.name, err)
	}
	return nil
}

// Print is described at device.POSPrinter. The first job after a reconnect goes
// out with ESC @ before it, as one piece.
func (p *Printer) Print(job []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fresh {
		job = append([]byte(initialize), job...)
	}
	if err := p.port.Write(job); err != nil {
		return fmt.Errorf("printer %q: %w", p.name, err)
	}
	p.fresh = false
	return nil
}

// session is a printer that runs: what its port calls.
type session struct {
	*Printer
	ctx context.Context
}

func (s session) Online() {
	device.Deliver(s.ctx, s.events, device.Event{Device: s.name, Kind: device.Online})
}

// Receive drops what the printer says: nothing was asked of it.
func (s session) Receive([]byte) {}

// Offline marks the printer fresh before the port can take another job.
func (s session) Offline(err error, unsent int) {
	s.mu.Lock()
	s.fresh = true
	s.mu.Unlock()
	if unsent > 0 {
		err = fmt.Errorf("%d jobs not printed or not whole: %w", unsent, err)
	}
	device.Deliver(s.ctx, s.events, device.Event{Device: s.name, Kind: device.Offline, Err: err})
}
