package terminal

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// shared lends the till's devices to the POS.
type shared struct{ *Terminal }

var _ api.Devices = shared{}

// List implements api.Devices.
func (s shared) List() []api.Device {
	seen := s.seen.all()
	all := make([]api.Device, len(seen))
	for i, d := range seen {
		all[i] = api.Device{Name: d.Name, Kind: d.Kind, Online: d.Online, Since: d.Since, Why: d.Why, Status: d.Status, Fault: d.Fault}
		if d.Problem != nil {
			all[i].Problem = new(api.DeviceProblem(*d.Problem))
		}
	}
	return all
}

// PrintLines implements api.Devices.
func (s shared) PrintLines(name string, lines []string) (string, error) {
	printer, err := s.devices.printer(name)
	if err != nil {
		return "", err
	}
	return printer.name, printer.PrintForeign(printer.profile.Bytes(receipt.Lines(lines)))
}

// PrintRaw implements api.Devices.
func (s shared) PrintRaw(name string, job []byte) (string, error) {
	printer, err := s.devices.printer(name)
	if err != nil {
		return "", err
	}
	if err := printer.profile.CheckForeign(job); err != nil {
		return "", fmt.Errorf("%w: %w", api.ErrForeign, err)
	}
	return printer.name, printer.PrintForeign(job)
}

// printer finds one by its name; the first where it is empty.
func (d *Devices) printer(name string) (namedPrinter, error) {
	for _, p := range d.printers {
		if p.name == name || name == "" {
			return p, nil
		}
	}
	return namedPrinter{}, api.ErrNoDevice
}

// Lend implements api.Devices.
func (s shared) Lend(ctx context.Context, upper, lower string, last time.Duration) (here bool, err error) {
	if len(s.devices.displays) == 0 {
		return false, api.ErrNoDevice
	}
	asked := lending{lentText{upper: upper, lower: lower, until: time.Now().Add(last)}, make(chan bool, 1)}
	select {
	case s.lends <- asked:
		return <-asked.here, nil // the counter's goroutine answers at once
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// lending is a text on its way to the counter's goroutine.
type lending struct {
	lentText
	here chan bool
}

// lentText stands on the displays while nobody is served, until its time is over.
// The counter's goroutine owns it, as it does trouble.
type lentText struct {
	upper, lower string
	until        time.Time
	shown        bool // it is on the displays
}

// borrow takes a text of the POS in place of the one before.
func (d *Devices) borrow(text lentText, free bool, now time.Time) (here bool) {
	text.shown = d.lent.shown && !now.Before(text.until) // one without time is there to be taken off
	d.lent = text
	return d.showLent(free, now)
}

// showLent puts the POS's text on the displays, or what stands there without it,
// where that changed. Whoever is served goes first, and a device in trouble.
func (d *Devices) showLent(free bool, now time.Time) (here bool) {
	here = free && !d.trouble.shown && now.Before(d.lent.until)
	switch {
	case here && !d.lent.shown:
		d.paint(d.lent.upper, d.lent.lower)
	case !here && d.lent.shown:
		d.paint(d.trouble.upper, d.trouble.lower)
	}
	d.lent.shown = here
	return here
}
