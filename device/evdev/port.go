// Package evdev reads what types as a keyboard does: a bar code scanner in
// keyboard-wedge mode, or a USB numeric keypad, at its event device of Linux. It
// takes the device for itself, so that nothing it types lands in a window, and makes
// the characters again that the device's keyboard layout had made keys of. What ends
// a scan and what a key means is left to the scanner's and the keypad's driver.
//
// Its tests write into pipes, with a kernel of their own in place of the three ioctls;
// SOAK.md has what a real one did.
package evdev

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// Port is one device that types, and is read only. Set the fields before Run.
type Port struct {
	// Path is its name that stays, /dev/input/by-id/…-event-kbd: event7 may be the
	// cashier's keyboard after the next start.
	Path string
	// Layout is the keyboard that it is set to, whatever the machine's is.
	Layout Layout
	// Watch is told of each event of a key as it comes; nil: nobody looks.
	Watch func(Event)

	kernel     kernel // nil: Linux's
	supervisor device.Supervisor
}

var _ device.Port = (*Port)(nil)

// Run is described at device.Port, and returns nil.
func (p *Port) Run(ctx context.Context, h device.Handler) error {
	if p.kernel == nil {
		p.kernel = ioctls{}
	}
	p.supervisor.Name = fmt.Sprintf("keyboard %q", p.Path)
	p.supervisor.Open = func(ctx context.Context) (device.Link, error) {
		l, err := p.open(ctx)
		if err != nil {
			return nil, err // not l, which would be a Link that is no device
		}
		return l, nil
	}
	p.supervisor.Run(ctx, h)
	return nil
}

// Write takes nothing: there is no way to what types.
func (p *Port) Write([]byte) error { return device.ErrOffline }

// WireTime is described at device.Port.
func (p *Port) WireTime(int) time.Duration { return 0 }
