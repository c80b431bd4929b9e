package main

import (
	"os"
	"path/filepath"
	"testing"
)

// newMachine is a computer as its kernel would show it, with nothing plugged
// in.
func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{t.TempDir()}
	if err := os.MkdirAll(m.path("sys/class/tty"), 0o755); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m machine) file(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.path(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.path(path), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (m machine) link(t *testing.T, path, target string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.path(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, m.path(path)); err != nil {
		t.Fatal(err)
	}
}

// usb plugs an adapter in: the port's device is an interface of the USB device
// that says what it is.
func (m machine) usb(t *testing.T, name, at, vendor, product, maker, title string) {
	t.Helper()
	device := "sys/devices/pci0/usb1/" + at
	m.file(t, device+"/idVendor", vendor+"\n")
	m.file(t, device+"/idProduct", product+"\n")
	if maker != "" {
		m.file(t, device+"/manufacturer", maker+"\n")
	}
	m.file(t, device+"/product", title+"\n")
	m.file(t, device+"/"+at+":1.0/"+name+"/uevent", "")
	m.link(t, "sys/class/tty/"+name+"/device", m.path(device, at+":1.0", name))
}
