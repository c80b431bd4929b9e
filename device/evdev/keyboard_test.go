package evdev_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/evdev"
	"github.com/loyaltyd/loyaltyd/device/scanner"
)

var names = []string{"us", "de", "fr", "tr-q"}

func named(t testing.TB, name string) evdev.Layout {
	t.Helper()
	layout, err := evdev.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

// What a device types in its layout is what is read, with Caps Lock on or off.
func TestLayouts(t *testing.T) {
	for _, name := range names {
		layout := named(t, name)
		characters := evdev.Characters(layout)
		if len(characters) < 90 {
			t.Errorf("%s has %d characters only", name, len(characters))
		}
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.StringOf(rapid.SampledFrom(characters)).Draw(t, "text")
			caps := rapid.Bool().Draw(t, "caps")
			events := evdev.Typed(layout, text, caps)
			if caps {
				events = append(evdev.Tap(58), events...)
			}
			if got := evdev.Decoded(layout, events); got != text {
				t.Fatalf("%s: typed %q, read %q", name, text, got)
			}
		})
	}
}

// down, up: keys in short.
func down(code uint16) evdev.Event { return evdev.Event{Type: 1, Code: code, Value: 1} }
func up(code uint16) evdev.Event   { return evdev.Event{Type: 1, Code: code, Value: 0} }

func taps(codes ...uint16) (events []evdev.Event) {
	for _, code := range codes {
		events = append(events, evdev.Tap(code)...)
	}
	return events
}

func while(modifier uint16, codes ...uint16) []evdev.Event {
	return append(append([]evdev.Event{down(modifier)}, taps(codes...)...), up(modifier))
}

// Keys by their numbers (linux/input-event-codes.h) are these characters.
func TestKeys(t *testing.T) {
	dropped, report := evdev.Event{Code: 3}, evdev.Event{}
	join := func(parts ...[]evdev.Event) (all []evdev.Event) {
		for _, part := range parts {
			all = append(all, part...)
		}
		return all
	}
	for _, c := range []struct {
		name, layout string
		events       []evdev.Event
		want         string
	}{
		{"digits, letters, ENTER", "us", taps(2, 11, 16, 28), "10q\r"},
		{"the block of digits, whatever Num Lock is", "us", taps(69, 79, 82, 96), "10\r"},
		{"TAB ends a scan, too", "us", taps(6, 15), "5\t"},
		{"Q's key is A in France", "fr", taps(16), "a"},
		{"digits have shift in France", "fr", while(42, 2, 3), "12"},
		{"Z's key is Y in Germany", "de", taps(21, 44), "zy"},
		{"i and ı", "tr-q", taps(23, 40), "ıi"},
		{"İ and I", "tr-q", while(54, 23, 40), "Iİ"},
		{"AltGr", "de", while(100, 16), "@"},
		{"Ctrl and Alt are AltGr", "tr-q", join([]evdev.Event{down(29)}, while(56, 16), []evdev.Event{up(29)}), "@"},
		{"right Alt is no AltGr here", "us", while(100, 16), "\x00"},
		{"an accent and its letter", "fr", taps(26, 18), "ê"},
		{"an accent alone", "de", taps(41, 57), "^"},
		{"an accent twice", "de", taps(13, 13), "´"},
		{"an accent and what takes none", "de", taps(41, 2), "^1"},
		{"Ctrl and ] part GS1 elements", "us", while(29, 27), "\x1d"},
		{"and on a German keyboard, where ] is no key", "de", while(97, 27), "\x1d"},
		{"Ctrl and a letter", "us", while(29, 50), "\r"},
		{"Ctrl and what is no letter is a character that is missing", "us", while(29, 2), "\x00"},
		{"Alt 0855, which is none", "us", while(56, 82, 72, 76, 76), "\x00"},
		{"Alt 029", "us", while(56, 82, 80, 73), "\x1d"},
		{"Alt 65", "us", while(56, 77, 76), "A"},
		{"Alt 0252", "us", while(56, 82, 80, 76, 80), "ü"},
		{"Alt 129, of DOS", "us", while(56, 79, 80, 73), "ü"},
		{"Alt 300, which is none", "us", while(56, 81, 82, 82), "\x00"},
		{"Alt and too many digits", "us", while(56, 82, 82, 82, 77, 76), "\x00"},
		{"Alt alone", "us", while(56), ""},
		{"a key that repeats", "us", []evdev.Event{down(3), {Type: 1, Code: 3, Value: 2}, {Type: 1, Code: 3, Value: 2}, up(3)}, "2"},
		{"F1 around a scan", "us", taps(59, 2, 59), "1"},
		{"Caps Lock, and its light", "us", join(taps(58, 30, 2), []evdev.Event{{Type: 17, Code: 1, Value: 0}}, taps(30)), "A1a"},
		{"events lost in the middle, a shift among them", "us", join(taps(2), []evdev.Event{down(42), dropped, down(3), report}, taps(30)), "1\x00A"},
		{"a mouse's", "us", []evdev.Event{{Type: 2, Code: 0, Value: 5}}, ""},
	} {
		if got := evdev.Decoded(named(t, c.layout), c.events, 42); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Events are read as both kinds of machine have them: a Super key that goes up, as a
// 32-bit Linux wrote it (a recording), and ENTER on a 64-bit one.
func TestEvents(t *testing.T) {
	for _, c := range []struct {
		size  int
		bytes string
		want  []evdev.Event
	}{
		{16, "ac9d864c6b0f04000400 0400db000000 ac9d864c8c0f0400 01007d0000000000 ac9d864c950f0400 0000000000000000 ac9d",
			[]evdev.Event{{Type: 4, Code: 4, Value: 0xdb}, {Type: 1, Code: 125}, {}}},
		{24, "0065d26700000000 40e2010000000000 0100 1c00 01000000 0065d26700000000 40e2010000000000 0000 0000 00000000",
			[]evdev.Event{{Type: 1, Code: 28, Value: 1}, {}}},
		{24, "0065", nil},
	} {
		raw, err := hex.DecodeString(strings.ReplaceAll(c.bytes, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, evdev.Split(raw, c.size)); diff != "" {
			t.Error(diff)
		}
		round := evdev.Split(evdev.Bytes(c.want, c.size), c.size)
		if diff := cmp.Diff(c.want, round); diff != "" {
			t.Error(diff)
		}
	}
}

// Only the layouts that are known have a name.
func TestNamed(t *testing.T) {
	if _, err := evdev.Named("dvorak"); err == nil || !strings.Contains(err.Error(), "tr-q") {
		t.Errorf("an unknown layout: %v", err)
	}
}

// Whatever an input device sends, each scan that comes of it is whole: one in which
// events were lost, or which has a key without a character, is dropped and told.
func FuzzEvents(f *testing.F) {
	var layouts []evdev.Layout // made once: coverage must come of the events alone
	for i, name := range names {
		layout := named(f, name)
		layouts = append(layouts, layout)
		f.Add(evdev.Bytes(evdev.Typed(layout, "2990001234567\r", false), evdev.EventSize), byte(i))
	}
	f.Add(evdev.Bytes(append(while(56, 82, 80, 73), evdev.Event{Code: 3}, evdev.Event{}), evdev.EventSize), byte(0))
	f.Fuzz(func(t *testing.T, raw []byte, which byte) {
		layout := layouts[int(which)%len(layouts)]
		events := evdev.Split(raw, evdev.EventSize)
		text := evdev.Decoded(layout, events)
		if len(text) > 4*len(events) {
			t.Fatalf("%d events gave %d bytes", len(events), len(text))
		}
		var decoder scanner.Decoder
		decoder.Decode([]byte(text), func(e device.Event) {
			if e.Kind == device.Scanned && bytes.IndexByte(e.Scan.Data, 0) >= 0 {
				t.Fatalf("a scan with a hole: %q", e.Scan.Data)
			}
		})
		for _, event := range events {
			_ = event.String()
		}
	})
}
