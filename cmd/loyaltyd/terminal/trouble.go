package terminal

import (
	"cmp"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
)

// remindTicks is how many ticks a trouble is shown in turn with what it stands
// in place of.
const remindTicks = 2

// trouble is what the cashier is told of devices that do not work while nobody
// is served. It takes turns with the greeting, or with the last sale that stands
// there after a restart. The counter's goroutine owns it.
type trouble struct {
	of           map[string]complaint // by device
	upper, lower string               // what the conversation shows
	ticks        int
	shown        bool // a trouble is on the display
}

// complaint is what is said of a device of a kind.
type complaint struct{ kind, words string }

// heed learns from an event whether a device works.
func (d *Devices) heed(event device.Event) {
	switch event.Kind {
	case device.Online:
		delete(d.trouble.of, event.Device)
	case device.Offline:
		d.complain(event.Device, d.kind(event.Device), nil)
	case device.StatusUpdate:
		d.heedPrinter(event.Device, event.Status.Err())
	}
}

func (d *Devices) heedPrinter(name string, err error) {
	if err == nil {
		delete(d.trouble.of, name)
		return
	}
	d.complain(name, "printer", err)
}

func (d *Devices) complain(name, kind string, err error) {
	d.trouble.of[name] = complaint{kind, checkout.TroubleWords(d.language, kind, err)}
}

// kind is which kind of device has a name.
func (d *Devices) kind(name string) string {
	switch {
	case d.isKeypad(name):
		return "keypad"
	case d.isScanner(name):
		return "scanner"
	}
	for _, p := range d.printers {
		if p.name == name {
			return "printer"
		}
	}
	return "display"
}

// worst is the trouble to show where there are several: the last by the name of its
// kind, which puts scanners and printers before displays and keypads.
func (d *Devices) worst() string {
	var worst complaint
	for _, c := range d.trouble.of {
		if cmp.Or(cmp.Compare(c.kind, worst.kind), cmp.Compare(c.words, worst.words)) > 0 {
			worst = c
		}
	}
	return worst.words
}

// remind is called with each tick, and shows a trouble while nobody is served.
func (d *Devices) remind(idle bool) {
	words := d.worst()
	d.trouble.ticks++
	turn := idle && words != "" && d.trouble.ticks/remindTicks%2 == 1
	switch {
	case turn:
		d.paint(words, d.trouble.lower) // what to do first stays
		d.lent.shown = false
	case d.trouble.shown:
		d.trouble.shown = false
		if !d.showLent(idle, time.Now()) {
			d.paint(d.trouble.upper, d.trouble.lower)
		}
	}
	d.trouble.shown = turn
}

// Show implements checkout.Display. While the POS has the displays it is known once
// the counter has come round whether it gives them back (showLent): a greeting that
// changes does not take them.
func (d *Devices) Show(upper, lower string) {
	d.trouble.upper, d.trouble.lower = upper, lower
	d.trouble.ticks, d.trouble.shown = 0, false // new words have the first turn
	if !d.lent.shown {
		d.paint(upper, lower)
	}
}

// conversing is what the conversation shows, also while a trouble has its turn.
func (d *Devices) conversing() [2]string { return [2]string{d.trouble.upper, d.trouble.lower} }

func (d *Devices) paint(upper, lower string) {
	for _, shown := range d.displays {
		shown.Show(upper, lower)
	}
}
