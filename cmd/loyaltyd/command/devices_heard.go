package command

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/device"
)

// What a device that is listened to sent, in words, with what to configure.

const nothingCame = "Nothing came. Look at its cable and its power; on a serial line the sender may wait for RTS/CTS or an ACK: switch handshakes off at the device."

func scannerWords(raw []byte, heard []device.Event) (words []string) {
	if len(raw) == 0 {
		return []string{nothingCame}
	}
	if garbled := garbledWords(raw); garbled != "" {
		words = append(words, garbled)
	}
	scans := ofKind(heard, device.Scanned)
	for _, event := range scans {
		words = append(words, fmt.Sprintf("A scan: %q", event.Scan.Data))
		if event.Scan.AIM == "" {
			words = append(words, "without an AIM identifier: switch it on at the scanner (\"transmit AIM code ID\"), so that cards and articles of the same digits are told apart")
		} else {
			words = append(words, "with the AIM identifier "+event.Scan.AIM+": right as it is")
		}
	}
	return append(words, suffixWords(raw, len(scans) > 0))
}

// suffixWords say how scans end.
func suffixWords(raw []byte, whole bool) string {
	for _, end := range []struct{ bytes, name string }{{"\r\n", "CR LF"}, {"\r", "CR"}, {"\n", "LF"}, {"\t", "TAB"}, {"\x03", "ETX"}} {
		if bytes.HasSuffix(raw, []byte(end.bytes)) {
			return fmt.Sprintf("It ends with %s: terminator_timeout may be 0s", end.name)
		}
	}
	if whole {
		return "It ends by silence: right as it is"
	}
	return "It ends with nothing: switch a suffix CR on at the scanner, or write terminator_timeout: 50ms"
}

// garbledWords tell what a line at other settings looks like; empty where it is
// none.
func garbledWords(raw []byte) string {
	zeros, high := bytes.Count(raw, []byte{0}), 0
	for _, b := range raw {
		if b >= 0x80 {
			high++
		}
	}
	switch {
	case zeros > 0:
		return "There are bytes of zero, which stand for broken ones: another baud, or another parity"
	case high*2 > len(raw):
		return "Most bytes are no letters: another baud; or 7 data bits with a parity (data_bits: 7, parity: even or odd)"
	}
	return ""
}

func keypadWords(raw []byte, heard []device.Event) (words []string) {
	if len(raw) == 0 {
		return []string{nothingCame}
	}
	if garbled := garbledWords(raw); garbled != "" {
		words = append(words, garbled)
	}
	for _, event := range ofKind(heard, device.KeyPressed) {
		words = append(words, fmt.Sprintf("A key: %s", event.Key))
	}
	if len(ofKind(heard, device.Misread)) > 0 {
		words = append(words, "Some bytes are no key: write them into keys, such as [\"ENTER 0d0a\"], from the line that says what came")
	}
	if !slices.ContainsFunc(heard, func(e device.Event) bool { return e.Key == device.Enter }) {
		words = append(words, "ENTER did not come: press it, and write what came into keys")
	}
	return words
}

func ofKind(events []device.Event, kind device.Kind) []device.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e device.Event) bool { return e.Kind != kind })
}
