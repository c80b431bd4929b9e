// Package escpos turns a receipt into bytes for an ESC/POS printer.
//
// Only the commands named here hold bytes below 0x20; what comes from an entry
// is spelled in the printer's letters first, so that no name, article or note
// can command the printer. Commands: Epson ESC/POS; devices.md §4.
package escpos

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/receipt"
)

// The commands a receipt is made of. There is none that opens a drawer.
const (
	initialize = "\x1b@"     // ESC @
	latin      = "\x1bt\x02" // ESC t 2: code page 850, in old printers too
	boldOn     = "\x1bE\x01" // ESC E
	boldOff    = "\x1bE\x00"
	doubleOn   = "\x1d!\x11" // GS !: twice as wide and high
	doubleOff  = "\x1d!\x00"
	feed       = "\n"
	cutPaper   = "\x1dVB\x00" // GS V 66 0: feed to the knife, cut but for a point
)

// Bytes returns a receipt as one job for a printer of so many columns (42 for
// 80 mm paper at 180 dpi). It begins by taking back whatever the printer was
// left in, and ends with the cut.
func Bytes(r receipt.Receipt, columns int) []byte {
	job := []byte(initialize + latin)
	for _, line := range r.LayoutIn(columns, spell) {
		job = appendLine(job, line, columns)
	}
	return append(job, cutPaper...)
}

func appendLine(job []byte, line receipt.Line, columns int) []byte {
	if line.Bold {
		job = append(job, boldOn...)
	}
	if line.Double {
		job = append(job, doubleOn...)
		columns /= 2
	}
	// Without spaces at the end: some printers feed twice after a full line.
	job = appendText(job, strings.TrimRight(line.Text(columns), " "))
	if line.Double {
		job = append(job, doubleOff...)
	}
	if line.Bold {
		job = append(job, boldOff...)
	}
	return append(job, feed...)
}
