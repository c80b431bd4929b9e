package device_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/device"
)

// What a status means for printing, and how it reads in a log.
func TestPrinterStatusNames(t *testing.T) {
	for _, c := range []struct {
		status device.PrinterStatus
		err    error
		text   string
	}{
		{device.PrinterStatus{}, nil, "unknown"},
		{device.PrinterStatus{Known: true}, nil, "ready"},
		{device.PrinterStatus{Known: true, RecNearEnd: true}, nil, "paper near end"},
		{device.PrinterStatus{Known: true, RecEmpty: true, RecNearEnd: true}, device.ErrNoPaper, "paper empty"},
		{device.PrinterStatus{Known: true, CoverOpen: true, RecEmpty: true, Offline: true}, device.ErrCoverOpen, "cover open, paper empty, offline"},
		{device.PrinterStatus{Known: true, Offline: true}, device.ErrOffline, "offline"},
	} {
		if err := c.status.Err(); err != c.err {
			t.Errorf("%v: %v, want %v", c.status, err, c.err)
		}
		if text := c.status.String(); text != c.text {
			t.Errorf("%+v reads %q, want %q", c.status, text, c.text)
		}
	}
}
