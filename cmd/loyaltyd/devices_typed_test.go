package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/evdev"
)

const typingPath = "/dev/input/by-id/usb-Symbol_Bar_Code_Scanner_S1-event-kbd"

// typing plugs a scanner in that types.
func typing(t *testing.T, m machine) {
	t.Helper()
	device := "sys/devices/pci0/usb1/1-4"
	m.file(t, device+"/idVendor", "05e0\n")
	m.file(t, device+"/idProduct", "1200\n")
	m.file(t, device+"/1-4:1.0/input/input7/name", "Symbol Bar Code Scanner\n")
	m.link(t, "sys/class/input/event3/device", m.path(device+"/1-4:1.0/input/input7"))
	m.file(t, "dev/input/event3", "")
	m.link(t, strings.TrimPrefix(typingPath, "/"), "../event3")
	m.link(t, "dev/input/by-path/pci-0-usb-0:4:1.0-event-kbd", "../event3")
	m.link(t, "dev/input/by-id/usb-Logitech_Mouse-event-mouse", "../event4")
}

// What types, and printers of the printer class, are listed by the names that stay,
// with what to write.
func TestListUSB(t *testing.T) {
	m := newMachine(t)
	typing(t, m)
	device := "sys/devices/pci0/usb1/1-5"
	m.file(t, device+"/idVendor", "04b8\n")
	m.file(t, device+"/idProduct", "0e03\n")
	m.file(t, device+"/product", "TM-T20\n")
	m.file(t, device+"/1-5:1.0/uevent", "")
	m.link(t, "sys/class/usbmisc/lp0/device", m.path(device+"/1-5:1.0"))
	m.file(t, "sys/class/usbmisc/hiddev0/uevent", "")
	m.link(t, "sys/class/usbmisc/lp1/device", m.path(device+"/gone"))
	m.file(t, "dev/usb/lp0", "")
	m.link(t, "dev/usb/lp-EPSON_TM-T20_X1", "lp0")
	ports, err := m.ports()
	if err != nil {
		t.Fatal(err)
	}
	want := []machinePort{
		{typingPath, "/dev/input/event3", "Symbol Bar Code Scanner: a keyboard, or a scanner that types", "05e0:1200"},
		{"/dev/usb/lp-EPSON_TM-T20_X1", "/dev/usb/lp0", "TM-T20", "04b8:0e03"},
		{"/dev/usb/lp1", "/dev/usb/lp1", "USB printer", ""},
	}
	if diff := cmp.Diff(want, ports); diff != "" {
		t.Error(diff)
	}
	config := configs.Default()
	config.Printers = []configs.Printer{{Name: "paper", Serial: configs.Serial{Port: "/dev/usb/lp0"}}}
	var out, talk bytes.Buffer
	if err := (&console{out: &out, talk: &talk}).writeDevices(listDevices(m, ports, configured(config))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`printer "paper"`, "/dev/usb/lp1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	for _, want := range []string{"scanners: [{name: hand, port: " + typingPath + ", layout: us}]", "printers: [{name: front, port: /dev/usb/lp1"} {
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
			err = c.try(within(t, 20*time.Second), one, time.Second)
		}
		if err == nil || !strings.Contains(err.Error(), "it is no input device") {
			t.Errorf("a pipe as %s: %v", kind, err)
		}
	}
	seen := &protocol{console: c}
	port, err := typedOr(path, "tr-q", nil)
	if err != nil {
		t.Fatal(err)
	}
	seen.watched(port)
	port.(*evdev.Port).Watch(evdev.Event{Type: 1, Code: 28, Value: 1})
	if want := "event 0001 001c 00000001  key 28 pressed"; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in\n%s", want, out.String())
	}
	if _, err := typedOr(path, "dvorak", nil); err == nil {
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
