package doctor

import (
	"syscall"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/device"
)

// A printer that says it is ready is no fault, and neither is the end of the
// paper that comes near.
func TestDoctorReadsPrinters(t *testing.T) {
	for _, c := range []struct {
		status device.PrinterStatus
		want   Outcome
	}{
		{device.PrinterStatus{}, Healthy},
		{device.PrinterStatus{Known: true}, Healthy},
		{device.PrinterStatus{Known: true, RecNearEnd: true}, Healthy},
		{device.PrinterStatus{Known: true, RecEmpty: true}, Wrong},
		{device.PrinterStatus{Known: true, CoverOpen: true, Offline: true}, Wrong},
	} {
		state := terminal.DeviceState{Name: "paper"}.After(device.Event{Device: "paper", Kind: device.Online})
		state = state.After(device.Event{Device: "paper", Kind: device.StatusUpdate, Status: c.status})
		p := &patient{live: &terminal.Live{Devices: []terminal.DeviceState{state}}}
		p.lookAtState(teller{p, "printer"}, machine.Configured{Name: "paper"}, "")
		if got := p.findings[0]; got.Result != c.want {
			t.Errorf("%v: %+v", c.status, got)
		}
	}
}

// Who may open a device is judged for the daemon's user, not for who asks.
func TestMayOpen(t *testing.T) {
	dialout := syscall.Stat_t{Uid: 0, Gid: 20, Mode: 0o660}
	for _, c := range []struct {
		uid    uint32
		groups []string
		want   bool
	}{{0, nil, true}, {900, []string{"900", "20"}, true}, {900, []string{"900"}, false}} {
		if got := mayOpen(dialout, c.uid, c.groups); got != c.want {
			t.Errorf("user %d of %v: %v", c.uid, c.groups, got)
		}
	}
}
