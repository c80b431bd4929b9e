// Package display drives a 2×20 line display: it lays text out in the display's
// cells and sends only what changed, in the commands that it is switched to.
package display

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/device"
)

// Display is the driver of one line display.
type Display struct {
	// Protocol is what the display is switched to, CharacterSet what it can
	// show; all but Epson's must be switched to that as well. Set them before
	// Run; the defaults are Epson and PC437.
	Protocol     Protocol
	CharacterSet CharacterSet

	name   string
	port   device.Port
	events chan<- device.Event
	wake   chan struct{} // something of the below changed

	mu     sync.Mutex
	wanted marquee
	shown  Cells // unless fresh
	online bool
	fresh  bool   // the display was not initialized since the port was opened
	buf    []byte // of paint
}

var _ device.LineDisplay = (*Display)(nil)

// New returns the driver of the display at port, which it alone uses. Its Online
// and Offline events carry name and go to events.
func New(name string, port device.Port, events chan<- device.Event) *Display {
	return &Display{name: name, port: port, events: events, wake: make(chan struct{}, 1), wanted: marquee{cells: Blank()}}
}

// Show is described at device.LineDisplay.
func (d *Display) Show(upper, lower string) {
	wanted := newMarquee(upper, lower, d.CharacterSet, time.Now())
	d.mu.Lock()
	if d.wanted.shows(&wanted) {
		wanted.since = d.wanted.since // what is said again goes on
	}
	d.wanted = wanted
	d.mu.Unlock()
	d.signal()
}

// Run serves the display until ctx ends, and returns as the port's Run does. It
// is called once.
func (d *Display) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.port.Run(ctx, session{Display: d, ctx: ctx}) })
	g.Go(func() error { d.draw(ctx); return nil })
	if err := g.Wait(); err != nil {
		return fmt.Errorf("display %q: %w", d.name, err)
	}
	return nil
}

// draw paints whenever something changed or moves, but no faster than the line
// carries, so that the newest text never queues behind older ones.
func (d *Display) draw(ctx context.Context) {
	moves := time.NewTimer(time.Hour)
	defer moves.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-moves.C:
		}
		sent, next := d.paint(time.Now())
		moves.Stop()
		if next > 0 {
			moves.Reset(next)
		}
		if !sleep(ctx, d.port.WireTime(sent)) {
			return
		}
	}
}

// paint queues what is wanted and not shown, and returns how many bytes that
// took and in how long something moves (0: nothing does). It holds the lock across the write: a port that is lost and opened
// meanwhile then marks the display fresh afterwards, never before.
func (d *Display) paint(now time.Time) (sent int, next time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.online {
		return 0, 0
	}
	wanted, next := d.wanted.at(now)
	d.buf = d.buf[:0]
	if d.fresh {
		d.buf = dialects[d.Protocol].start(d.buf, d.CharacterSet)
		d.shown = Blank()
	}
	d.buf = d.Protocol.Encode(d.buf, &d.shown, &wanted)
	if len(d.buf) == 0 {
		return 0, next
	}
	err := d.port.Write(d.buf)
	d.shown, d.fresh = wanted, err != nil
	if errors.Is(err, device.ErrFull) {
		d.signal() // the line stands still; try again until it is lost or moves
	}
	return len(d.buf), next
}

func (d *Display) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// sleep waits for d and returns false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// session is a display that runs: what its port calls.
type session struct {
	*Display
	ctx context.Context
}

func (s session) Online() {
	s.set(true)
	s.signal()
	device.Deliver(s.ctx, s.events, device.Event{Device: s.name, Kind: device.Online})
}

// Receive drops what the display says: it has no read-back.
func (s session) Receive([]byte) {}

func (s session) Offline(err error, _ int) {
	s.set(false)
	device.Deliver(s.ctx, s.events, device.Event{Device: s.name, Kind: device.Offline, Err: err})
}

func (s session) set(online bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.online, s.fresh = online, online
}
