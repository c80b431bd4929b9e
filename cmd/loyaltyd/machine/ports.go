// Package machine is the computer as its kernel shows it: what is plugged in, who has
// it open, where it stands, and which services it starts.
package machine

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Machine is the computer as its kernel shows it. Root is "/"; tests have a
// tree of their own.
type Machine struct{ Root string }

// This is the computer that the process runs on.
var This = Machine{"/"}

// Path is where a path of the computer's is found.
func (m Machine) Path(parts ...string) string {
	return filepath.Join(append([]string{m.Root}, parts...)...)
}

// Port is where a keypad, scanner, display or printer is plugged in.
type Port struct {
	// Path is the name to write into the configuration: by-id where there is
	// one and it is the port's alone, else by-path, else the device.
	Path   string `json:"path"`
	Device string `json:"device"` // /dev/ttyUSB0: may be another's tomorrow
	What   string `json:"what"`   // maker and product, or the kind of port
	USB    string `json:"usb,omitempty"`
}

// portName are the serial devices.
var portName = regexp.MustCompile(`^tty(S|USB|ACM|AMA|HS|mxc|O)[0-9]+$`)

// Ports lists what is plugged in. It reads names only: opening a serial port to see
// what it is would change the settings of one that is in use.
func (m Machine) Ports() ([]Port, error) {
	stable := m.stableNames()
	all, err := m.serialPorts(stable)
	if err != nil {
		return nil, err
	}
	all = append(all, m.usbPrinters(stable)...)
	all = append(all, m.keyboards(stable)...)
	slices.SortFunc(all, func(a, b Port) int { return cmp.Compare(a.Path, b.Path) })
	return all, nil
}

func (m Machine) serialPorts(stable map[string]string) (all []Port, _ error) {
	entries, err := os.ReadDir(m.Path("sys/class/tty"))
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !portName.MatchString(name) || !m.present(name) {
			continue
		}
		port := Port{Device: "/dev/" + name, What: "serial port"}
		port.Path = cmp.Or(stable[name], port.Device)
		m.describe(m.Path("sys/class/tty", name, "device"), &port)
		all = append(all, port)
	}
	return all, nil
}

// present tells a port from a number the kernel keeps for one: type 0 is no
// UART.
func (m Machine) present(name string) bool {
	if _, err := os.Stat(m.Path("sys/class/tty", name, "device")); err != nil {
		return false
	}
	kind := m.read("sys/class/tty", name, "type")
	return kind != "0"
}

// stableNames finds for each device the name that stays. Two adapters without
// serial number would share one by-id name, and the later one has it: those are
// known by where they are plugged in.
func (m Machine) stableNames() map[string]string {
	names := map[string]string{}
	for _, folder := range []string{"/dev/serial/by-path", "/dev/serial/by-id", "/dev/usb", "/dev/input/by-path", "/dev/input/by-id"} {
		links, err := os.ReadDir(m.Path(folder))
		if err != nil {
			continue // no port has such a name
		}
		for _, link := range links {
			target, err := os.Readlink(m.Path(folder, link.Name()))
			if err == nil && (!strings.HasPrefix(folder, "/dev/input") || strings.HasSuffix(link.Name(), "-event-kbd")) {
				names[filepath.Base(target)] = folder + "/" + link.Name()
			}
		}
	}
	return names
}

// describe asks the USB device above a port, whose device of the kernel's it is given,
// what it is.
func (m Machine) describe(device string, port *Port) {
	folder, err := filepath.EvalSymlinks(device)
	if err != nil {
		return
	}
	for ; len(folder) > len(m.Path("sys")); folder = filepath.Dir(folder) {
		vendor := ReadName(filepath.Join(folder, "idVendor"))
		if vendor == "" {
			continue
		}
		port.USB = vendor + ":" + ReadName(filepath.Join(folder, "idProduct"))
		what := strings.TrimSpace(ReadName(filepath.Join(folder, "manufacturer")) + " " + ReadName(filepath.Join(folder, "product")))
		port.What = cmp.Or(what, "USB device "+port.USB)
		return
	}
}

// read gives a line of the kernel's; empty where there is none.
func (m Machine) read(parts ...string) string { return ReadName(m.Path(parts...)) }

// ReadName reads a file of one line; empty where there is none.
func ReadName(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// Resolve follows a configured path to its device.
func (m Machine) Resolve(path string) (string, error) {
	target, err := filepath.EvalSymlinks(m.Path(path))
	if err != nil {
		return "", err
	}
	return "/" + strings.TrimLeft(strings.TrimPrefix(target, filepath.Clean(m.Root)), "/"), nil
}

// SamePort reports whether two names lead to one device.
func (m Machine) SamePort(a, b string) bool {
	for _, name := range []*string{&a, &b} {
		if device, err := m.Resolve(*name); err == nil {
			*name = device
		}
	}
	return filepath.Clean(a) == filepath.Clean(b)
}
