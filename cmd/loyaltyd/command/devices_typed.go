package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/evdev"
)

// watched lets the events be seen that a port makes characters of, where it does.
func (p *protocol) watched(port device.Port) {
	typing, ok := port.(*evdev.Port)
	if !ok {
		return
	}
	typing.Watch = func(e evdev.Event) {
		p.mu.Lock()
		defer p.mu.Unlock()
		fmt.Fprintf(p.console.out, "event %s\n", e)
	}
}

const nothingTyped = "Nothing came. Is it another device that types, or is the scanner set to a serial mode? `loyaltyd devices list` shows both"

// typedWords tell what came of a device that types, beside what its driver made of it.
func typedWords(raw []byte) string {
	switch {
	case len(raw) == 0:
		return nothingTyped
	case slices.Contains(raw, 0):
		return "Some keys are no characters in this layout: write the layout that the scanner is set to (us, de, fr, tr-q), or set it to US English"
	}
	return "Compare it with what is printed below the bar code: where it differs, the scanner is set to another layout (us, de, fr, tr-q)"
}

// configurable is what to write for a port at which nothing is configured; empty where
// the configuration's sample says it all.
func (r listedDevice) configurable() string {
	switch {
	case r.Name != "":
		return ""
	case configs.IsKeyboard(r.Path):
		return fmt.Sprintf("a scanner that types: scanners: [{name: hand, port: %s, layout: %s}]; a keypad: keypads: [{name: lane, port: %s}]", r.Path, terminal.UsualLayout, r.Path)
	case configs.IsUSBPrinter(r.Path):
		return fmt.Sprintf("printers: [{name: front, port: %s, profile: generic-80}]", r.Path)
	}
	return ""
}

// whatToWrite says so for all of them.
func whatToWrite(rows []listedDevice) string {
	var text strings.Builder
	for _, row := range rows {
		if words := row.configurable(); words != "" {
			fmt.Fprintf(&text, "%s\n  %s\n", row.Path, words)
		}
	}
	return text.String()
}
