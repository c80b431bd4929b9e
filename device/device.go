// Package device knows what a device is to the till: the keys and events that
// come in, one small interface per capability for what goes out, and the port
// that carries the bytes of either. Which bytes a keypad, a display or a
// printer speaks is known to the packages below; what a key means in a
// conversation is known to the checkout.
//
// Names follow UnifiedPOS 1.14 where it has one: POSKeyboard (our keypad),
// LineDisplay, POSPrinter.
package device

import "errors"

// ErrOffline says that the device is not there now; what was to be written is
// dropped. It comes back on its own, told by an Online event.
var ErrOffline = errors.New("device is offline")

// ErrFull says that as much as the queue holds is waiting already. Nothing of
// the refused call was queued, so it may be repeated later.
var ErrFull = errors.New("device queue is full")

// ErrTooLarge says that one write is larger than a port ever takes; repeating
// it cannot help.
var ErrTooLarge = errors.New("write is too large for the device")

// LineDisplay is a customer display of two lines with 20 cells each.
type LineDisplay interface {
	// Show makes the display show these two lines. It may be called from any
	// goroutine, never blocks and never fails: of several texts the latest
	// wins, and a display that is offline shows the latest when it is back.
	// Each line is trimmed and padded to 20 cells; what the display's
	// character set lacks is transliterated.
	Show(upper, lower string)
}

// POSPrinter prints whole receipts.
type POSPrinter interface {
	// Print queues one job, the printer's own bytes from first to last, and
	// returns at once. It may be called from any goroutine, and job may be
	// changed afterwards. ErrOffline, ErrFull and ErrTooLarge mean that not a
	// byte of it was taken. Nil means taken, not printed: plain ESC/POS
	// confirms nothing, and a printer lost in mid-job tells so in its Offline
	// event.
	Print(job []byte) error
}
