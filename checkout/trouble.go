package checkout

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// TroubleWords is what a cashier is told of a device that does not work: of a printer
// what it says of itself, of any kind (keypad, scanner, display, printer) that there is
// no contact where err is nil.
func TroubleWords(in loyalty.Language, kind string, err error) string {
	w := &catalogs[in]
	switch {
	case err == nil:
		return fmt.Sprintf(w.noContact, w.kind(kind))
	case errors.Is(err, device.ErrCoverOpen):
		return w.printerOpen
	case errors.Is(err, device.ErrNoPaper):
		return w.printerEmpty
	}
	return w.printerNotReady
}

// kind is what a cashier calls a device.
func (w *words) kind(kind string) string {
	switch kind {
	case "keypad":
		return w.keypad
	case "scanner":
		return w.scanner
	case "printer":
		return w.printer
	}
	return w.display
}

// TrainingWords is what a till says on which nothing is real.
func TrainingWords(in loyalty.Language) string { return catalogs[in].training }

// DayClosed says that a day is closed and what its sales come to, where nobody is
// served. It stays until the next key.
func (c *Counter) DayClosed(day ledger.Date, sales int64, net string) {
	if !c.Idle() {
		return
	}
	lower := fmt.Sprintf(c.say().sales, sales)
	switch {
	case net != "" && cells(lower)+1+cells(net) <= columns:
		lower = both(lower, net)
	case net != "":
		lower = net
	}
	c.Display.Show(both(c.say().dayClosed, c.Till.Language.DayOfYear(day)), lower)
	c.Keep()
}
