package command

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine/machinetest"
	"github.com/loyaltyd/loyaltyd/configs"
)

// Ports and configuration are brought together by what a path leads to: who has
// a port open stands beside it, and what is configured and absent is told.
func TestListDevices(t *testing.T) {
	m := machinetest.New(t)
	machinetest.USB(t, m, "ttyUSB0", "1-1", "0403", "6001", "FTDI", "FT232R")
	machinetest.Link(t, m, "dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0", "../../ttyUSB0")
	machinetest.File(t, m, "dev/ttyUSB0", "")
	machinetest.File(t, m, "proc/7/comm", "ModemManager\n")
	machinetest.Link(t, m, "proc/7/fd/5", "/dev/ttyUSB0")
	ports, err := m.Ports()
	if err != nil {
		t.Fatal(err)
	}
	config := configs.Default()
	config.Keypads = []configs.Keypad{{Name: "lane", Serial: configs.Serial{Port: "/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0"}}}
	config.Displays = []configs.Display{{Name: "glass", Serial: configs.Serial{Port: "/dev/ttyUSB7"}, Protocol: "epson", Charset: "pc437"}}
	config.Printers = []configs.Printer{{Name: "paper", Address: "192.0.2.7:9100"}}
	got := listDevices(m, ports, machine.ConfiguredIn(config))
	want := []listedDevice{
		{Port: machine.Port{Path: "/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0", Device: "/dev/ttyUSB0", What: "FTDI FT232R", USB: "0403:6001"},
			Name: "lane", Kind: "keypad", Held: []machine.Holder{{PID: 7, Name: "ModemManager"}}},
		{Port: machine.Port{Path: "/dev/ttyUSB7"}, Name: "glass", Kind: "display", Missing: true, Held: []machine.Holder{}},
		{Port: machine.Port{Path: "192.0.2.7:9100", What: "in the network"}, Name: "paper", Kind: "printer", Held: []machine.Holder{}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(listedDevice{}, machine.Port{})); diff != "" {
		t.Error(diff)
	}
}
