package terminal

import (
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/printer"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
	"github.com/loyaltyd/loyaltyd/receipt/raster"
)

// replies are a profile's ways to tell that a job is done, as the driver knows
// them.
var replies = map[escpos.Reply]printer.Reply{
	escpos.NoReply: printer.NoReply, escpos.ProcessID: printer.ProcessID, escpos.Status: printer.Status, escpos.Counter: printer.Counter,
}

// fastBaud is from where on a drawn line of 2 KiB takes no longer than half a
// second.
const fastBaud = 38400

// isSlow says that a picture takes seconds to a printer.
func isSlow(c configs.Printer) bool {
	return c.Address == "" && !configs.IsUSBPrinter(c.Port) && c.Baud < fastBaud
}

// faceIn is of which language Chinese characters look in a country.
func faceIn(region string) raster.Face {
	switch region {
	case "CN", "SG":
		return raster.Simplified
	case "TW", "HK", "MO":
		return raster.Traditional
	}
	return raster.Japanese
}

// again is a paper marked as a copy, for a printer that was lost amid the first;
// nil where nobody misses it.
func (p namedPrinter) again(paper escpos.Paper) []byte {
	switch paper := paper.(type) {
	case receipt.Receipt:
		paper.Copy = true
		return p.profile.Bytes(paper)
	case receipt.Return:
		paper.Copy = true
		return p.profile.Bytes(paper)
	}
	return nil
}
