// Package machinetest makes computers for tests.
package machinetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
)

// New is a computer as its kernel would show it, with nothing plugged
// in.
func New(t testing.TB) machine.Machine {
	t.Helper()
	m := machine.Machine{Root: t.TempDir()}
	if err := os.MkdirAll(m.Path("sys/class/tty"), 0o755); err != nil {
		t.Fatal(err)
	}
	return m
}

// File writes a file of it.
func File(t testing.TB, m machine.Machine, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.Path(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.Path(path), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Link makes a link in it.
func Link(t testing.TB, m machine.Machine, path, target string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.Path(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, m.Path(path)); err != nil {
		t.Fatal(err)
	}
}

// USB plugs an adapter in: the port's device is an interface of the USB device
// that says what it is.
func USB(t testing.TB, m machine.Machine, name, at, vendor, product, maker, title string) {
	t.Helper()
	device := "sys/devices/pci0/usb1/" + at
	File(t, m, device+"/idVendor", vendor+"\n")
	File(t, m, device+"/idProduct", product+"\n")
	if maker != "" {
		File(t, m, device+"/manufacturer", maker+"\n")
	}
	File(t, m, device+"/product", title+"\n")
	File(t, m, device+"/"+at+":1.0/"+name+"/uevent", "")
	Link(t, m, "sys/class/tty/"+name+"/device", m.Path(device, at+":1.0", name))
}

// TypingPath is the name that stays of a scanner that types.
const TypingPath = "/dev/input/by-id/usb-Symbol_Bar_Code_Scanner_S1-event-kbd"

// Typing plugs a scanner in that types.
func Typing(t testing.TB, m machine.Machine) {
	t.Helper()
	device := "sys/devices/pci0/usb1/1-4"
	File(t, m, device+"/idVendor", "05e0\n")
	File(t, m, device+"/idProduct", "1200\n")
	File(t, m, device+"/1-4:1.0/input/input7/name", "Symbol Bar Code Scanner\n")
	Link(t, m, "sys/class/input/event3/device", m.Path(device+"/1-4:1.0/input/input7"))
	File(t, m, "dev/input/event3", "")
	Link(t, m, strings.TrimPrefix(TypingPath, "/"), "../event3")
	Link(t, m, "dev/input/by-path/pci-0-usb-0:4:1.0-event-kbd", "../event3")
	Link(t, m, "dev/input/by-id/usb-Logitech_Mouse-event-mouse", "../event4")
}
