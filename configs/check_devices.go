package configs

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// deviceCheck wants names that tell devices apart and one device per port.
type deviceCheck struct {
	bad          complain
	names, ports map[string]string
}

func (c Config) checkDevices(bad complain) {
	d := deviceCheck{bad, map[string]string{}, map[string]string{}}
	for i, k := range c.Keypads {
		key := fmt.Sprintf("keypads[%d]", i)
		d.serial(key, k.Name, k.Serial)
		oneOf(bad, key+".protocol", k.Protocol, "plain", "z")
		if k.Prompt != "" && k.Protocol != "z" {
			bad(key+".prompt", "only a pad with protocol z has prompts")
		}
		d.typing(key, k.Serial, k.Protocol)
		if len(k.Keys) > 0 && k.Protocol != "plain" {
			bad(key+".keys", "only a plain keypad's keys can be written")
		}
	}
	if len(c.Keypads) > 1 {
		bad("keypads[1]", "a till has one counter and one keypad")
	}
	for i, s := range c.Scanners {
		key := fmt.Sprintf("scanners[%d]", i)
		d.reached(key, "scanner", s.Name, s.Serial, s.Address)
		oneOf(bad, key+".protocol", s.Protocol, "plain", "honeywell", "datalogic", "cipherlab", "ssi")
		oneOf(bad, key+".layout", s.Layout, "us", "de", "fr", "tr-q")
		d.typing(key, s.Serial, s.Protocol)
		if s.Layout != "us" && !IsKeyboard(s.Port) {
			bad(key+".layout", "only a scanner that types, at /dev/input/by-id/…, has a keyboard's layout")
		}
		if s.TerminatorTimeout < 0 || s.TerminatorTimeout > time.Second {
			bad(key+".terminator_timeout", "%s: from 0s to 1s, such as 50ms", s.TerminatorTimeout)
		}
	}
	for i, s := range c.Displays {
		key := fmt.Sprintf("displays[%d]", i)
		d.serial(key, s.Name, s.Serial)
		d.shows(key, s.Port)
		oneOf(bad, key+".protocol", s.Protocol, "epson", "cd5220", "logic-controls", "utc", "aedex")
		oneOf(bad, key+".charset", s.Charset, "pc437", "pc850", "ascii", "pc852", "pc858", "pc866", "wpc1252", "wpc1254")
	}
	for i, p := range c.Printers {
		key := fmt.Sprintf("printers[%d]", i)
		d.reached(key, "printer", p.Name, p.Serial, p.Address)
		d.shows(key, p.Port)
		if IsUSBPrinter(p.Port) && !p.Serial.isDefault() {
			bad(key+".baud", "a printer at %s has no line: leave out baud, data_bits, parity and stop_bits", p.Port)
		}
		if p.Columns != 0 && (p.Columns < 20 || p.Columns > 80) {
			bad(key+".columns", "%d: from 20 to 80, or 0 for the profile's", p.Columns)
		}
	}
}

// IsUSBPrinter says that a port is a USB printer's own, which has no serial line.
func IsUSBPrinter(port string) bool { return strings.HasPrefix(port, "/dev/usb/lp") }

// IsKeyboard says that a port is the event device of what types as a keyboard does.
func IsKeyboard(port string) bool {
	return strings.HasPrefix(port, "/dev/input/") || strings.HasSuffix(port, "-event-kbd")
}

// typing checks what types, which has no line and is told nothing.
func (d deviceCheck) typing(key string, line Serial, protocol string) {
	if !IsKeyboard(line.Port) {
		return
	}
	if !line.isDefault() {
		d.bad(key+".baud", "what types at %s has no line: leave out baud, data_bits, parity and stop_bits", line.Port)
	}
	if protocol != "plain" {
		d.bad(key+".protocol", "%q: what types cannot be spoken to: plain, or a serial mode of the device", protocol)
	}
}

// shows wants a port that takes something.
func (d deviceCheck) shows(key, port string) {
	if IsKeyboard(port) {
		d.bad(key+".port", "%s only types: a keypad's or a scanner's", port)
	}
}

// isDefault says that nothing is said of the line but its port.
func (s Serial) isDefault() bool {
	s.Port = ""
	return s == defaultSerial()
}

// checkMessages wants few and short ones: each stands until it was read.
func (c Config) checkMessages(bad complain) {
	const most, longest = 8, 60
	if len(c.IdleMessages) > most {
		bad("idle_messages", "%d of them: at most %d", len(c.IdleMessages), most)
	}
	for i, message := range c.IdleMessages {
		if n := utf8.RuneCountInString(message); n == 0 || n > longest {
			bad(fmt.Sprintf("idle_messages[%d]", i), "%d characters: from 1 to %d", n, longest)
		}
	}
}

// serial checks a device on a serial line.
func (d deviceCheck) serial(key, name string, line Serial) {
	unique(d.bad, d.names, key+".name", name)
	unique(d.bad, d.ports, key+".port", line.Port)
	line.check(d.bad, key)
}

// reached checks a device that is on a serial line or in the network.
func (d deviceCheck) reached(key, what, name string, line Serial, address string) {
	switch {
	case address == "":
		d.serial(key, name, line)
	case line.Port != "":
		d.bad(key+".address", "a %s has a port or an address, not both", what)
	default:
		unique(d.bad, d.names, key+".name", name)
		unique(d.bad, d.ports, key+".address", address)
		listens(d.bad, key+".address", address)
	}
}
