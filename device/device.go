// Package device knows what a device is to the till: the keys, scans and events
// that come in, one small interface per capability for what goes out, the port
// that carries the bytes of either, and the supervisor that opens a lost port
// again. Which bytes a keypad, a scanner, a display or a printer speaks is known
// to the packages below; what a key or a scan means in a conversation is known
// to the checkout.
//
// Names follow UnifiedPOS 1.14 where it has one: POSKeyboard (our keypad),
// Scanner, LineDisplay, POSPrinter.
package device

import "errors"

// ErrOffline says that the device is not there now, or that a printer says so of
// itself; what was to be written is dropped. It comes back on its own, told by an
// Online event or a StatusUpdate.
var ErrOffline = errors.New("device is offline")

// ErrNoPaper and ErrCoverOpen say why a printer prints nothing until someone has
// seen to it, which a StatusUpdate tells.
var (
	ErrNoPaper   = errors.New("out of paper")
	ErrCoverOpen = errors.New("cover is open")
)

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
	// Each line is padded to 20 cells, and one that is longer runs past; what
	// the display's character set lacks is transliterated.
	Show(upper, lower string)
}

// POSPrinter prints whole receipts.
type POSPrinter interface {
	// Print queues one job, the printer's own bytes from first to last, and
	// returns at once. It may be called from any goroutine, and job may be
	// changed afterwards. ErrOffline, ErrNoPaper, ErrCoverOpen, ErrFull and
	// ErrTooLarge mean that not a byte of it was taken. Nil means taken, not
	// printed: a printer lost in mid-job tells so in its Offline event, and one
	// that runs out of paper in mid-job in a StatusUpdate.
	//
	// A printer that is back within two minutes prints what was lost with it: a
	// job that was never begun as it was; of one that may have come out again,
	// which is the same paper marked as a copy. Without again it is not repeated.
	Print(job, again []byte) error
	// PrintForeign is Print for a job of another program, which leaves room for
	// ours: where a few of them wait already it is ErrFull. It is never repeated:
	// what it says nobody here knows.
	PrintForeign(job []byte) error
}
