package machine

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"github.com/loyaltyd/loyaltyd/configs"
)

// usbPrinters lists the printers that the printer class driver has, /dev/usb/lp0.
func (m Machine) usbPrinters(stable map[string]string) (all []Port) {
	entries, err := os.ReadDir(m.Path("sys/class/usbmisc"))
	if err != nil {
		return nil // there is none
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, "lp") {
			continue
		}
		port := Port{Device: "/dev/usb/" + name, What: "USB printer"}
		port.Path = cmp.Or(stable[name], port.Device)
		m.describe(m.Path("sys/class/usbmisc", name, "device"), &port)
		all = append(all, port)
	}
	return all
}

// keyboards lists what types: the machine's keyboards too, which only a person can
// tell from a scanner.
func (m Machine) keyboards(stable map[string]string) (all []Port) {
	for name, path := range stable {
		if !configs.IsKeyboard(path) {
			continue
		}
		port := Port{Path: path, Device: "/dev/input/" + name}
		device := m.Path("sys/class/input", name, "device")
		m.describe(device, &port)
		port.What = cmp.Or(ReadName(filepath.Join(device, "name")), port.What, "unknown") + ": a keyboard, or a scanner that types"
		all = append(all, port)
	}
	return all
}
