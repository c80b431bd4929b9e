package command

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine/machinetest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/evdev"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// What types, and printers of the printer class, are listed by the names that stay,
// with what to write.
func TestListUSB(t *testing.T) {
	m := machinetest.New(t)
	machinetest.Typing(t, m)
	device := "sys/devices/pci0/usb1/1-5"
	machinetest.File(t, m, device+"/idVendor", "04b8\n")
	machinetest.File(t, m, device+"/idProduct", "0e03\n")
	machinetest.File(t, m, device+"/product", "TM-T20\n")
	machinetest.File(t, m, device+"/1-5:1.0/uevent", "")
	machinetest.Link(t, m, "sys/class/usbmisc/lp0/device", m.Path(device+"/1-5:1.0"))
	machinetest.File(t, m, "sys/class/usbmisc/hiddev0/uevent", "")
	machinetest.Link(t, m, "sys/class/usbmisc/lp1/device", m.Path(device+"/gone"))
	machinetest.File(t, m, "dev/usb/lp0", "")
	machinetest.Link(t, m, "dev/usb/lp-EPSON_TM-T20_X1", "lp0")
	ports, err := m.Ports()
	if err != nil {
		t.Fatal(err)
	}
	want := []machine.Port{
		{Path: machinetest.TypingPath, Device: "/dev/input/event3", What: "Symbol Bar Code Scanner: a keyboard, or a scanner that types", USB: "05e0:1200"},
		{Path: "/dev/usb/lp-EPSON_TM-T20_X1", Device: "/dev/usb/lp0", What: "TM-T20", USB: "04b8:0e03"},
		{Path: "/dev/usb/lp1", Device: "/dev/usb/lp1", What: "USB printer", USB: ""},
	}
	if diff := cmp.Diff(want, ports); diff != "" {
		t.Error(diff)
	}
	config := configs.Default()
	config.Printers = []configs.Printer{{Name: "paper", Serial: configs.Serial{Port: "/dev/usb/lp0"}}}
	var out, talk bytes.Buffer
	if err := (&console{out: &out, talk: &talk}).writeDevices(listDevices(m, ports, machine.ConfiguredIn(config))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`printer "paper"`, "/dev/usb/lp1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	for _, want := range []string{"scanners: [{name: hand, port: " + machinetest.TypingPath + ", layout: us}]", "printers: [{name: front, port: /dev/usb/lp1"} {
		if !strings.Contains(talk.String(), want) {
			t.Errorf("no %q in\n%s", want, talk.String())
		}
	}
	if strings.Contains(talk.String(), "TM-T20") {
		t.Errorf("what is configured is advised:\n%s", talk.String())
	}
}

// The configuration that `devices list` gives is taken, and what is at its port is
// tried as what types.
func TestTypedDevice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usb-It-event-kbd")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(writer)
	var out bytes.Buffer
	c := &console{out: &out, talk: &out}
	for _, kind := range []string{"scanner", "keypad"} {
		one, err := (tried{kind: kind, baud: 9600}).pick(configs.Default(), path)
		if err == nil {
			err = c.try(testkit.Within(t, 20*time.Second), one, time.Second)
		}
		if err == nil || !strings.Contains(err.Error(), "it is no input device") {
			t.Errorf("a pipe as %s: %v", kind, err)
		}
	}
	seen := &protocol{console: c}
	port, err := terminal.TypedOr(path, "tr-q", nil)
	if err != nil {
		t.Fatal(err)
	}
	seen.watched(port)
	port.(*evdev.Port).Watch(evdev.Event{Type: 1, Code: 28, Value: 1})
	if want := "event 0001 001c 00000001  key 28 pressed"; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in\n%s", want, out.String())
	}
	if _, err := terminal.TypedOr(path, "dvorak", nil); err == nil {
		t.Error("a layout that nobody knows is taken")
	}
}

// What came of a device that types is told with what to configure.
func TestTypedWords(t *testing.T) {
	for raw, want := range map[string]string{"": "serial mode", "29\x0034\r": "no characters in this layout", "2934\r": "another layout"} {
		if got := typedWords([]byte(raw)); !strings.Contains(got, want) {
			t.Errorf("%q: %s", raw, got)
		}
	}
}
