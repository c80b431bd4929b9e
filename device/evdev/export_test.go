package evdev

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	Split     = split
	Explained = explained
)

const EventSize = eventSize

// Fake is a kernel that lets a pipe be an input device.
type Fake struct {
	mu      sync.Mutex
	held    []uint16
	refusal error
	grabs   int
}

// UseKernel gives the port another kernel than Linux's.
func (p *Port) UseKernel(f *Fake) { p.kernel = f }

// Set says which keys are down, and why no grab is allowed.
func (f *Fake) Set(refusal error, held ...uint16) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held, f.refusal = held, refusal
}

// Grabs is how often the device was taken.
func (f *Fake) Grabs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.grabs
}

func (f *Fake) grab(uintptr) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refusal == nil {
		f.grabs++
	}
	return f.refusal
}

func (f *Fake) down(uintptr) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	keys := make([]byte, 96)
	for _, code := range f.held {
		keys[code/8] |= 1 << (code % 8)
	}
	return keys, nil
}

func (f *Fake) caps(uintptr) (bool, error) { return false, nil }

// Decoded is what events type, where the keys that are down after lost events are held.
func Decoded(layout Layout, events []Event, held ...uint16) string {
	keys := newKeyboard(layout)
	var text []byte
	for _, event := range events {
		var resume bool
		if text, resume = keys.take(event, text); resume {
			keys.resume(func(code uint16) bool { return slices.Contains(held, code) }, false)
		}
	}
	return string(text)
}

// Characters are all that a layout has a key for, or two.
func Characters(layout Layout) (all []rune) {
	for _, level := range []map[uint16]rune{layout.plain, layout.shift, layout.third} {
		for _, character := range level {
			if spaced := spacing[character]; spaced != 0 {
				character = spaced
			}
			all = append(all, character)
		}
	}
	all = append(all, []rune("éàôñü \r\t")...)
	all = slices.DeleteFunc(all, func(r rune) bool { return Typed(layout, string(r), false) == nil })
	slices.Sort(all)
	return slices.Compact(all)
}

// Typed is how a device set to a layout types a text; nil where it cannot.
func Typed(layout Layout, text string, caps bool) (events []Event) {
	for _, character := range text {
		keys := strokes(layout, character, caps)
		if keys == nil {
			return nil
		}
		events = append(events, keys...)
	}
	return events
}

// strokes type one character: by its key, or by an accent's and a letter's.
func strokes(layout Layout, character rune, caps bool) []Event {
	if events := stroke(layout, character, caps); events != nil {
		return events
	}
	for accent, spaced := range spacing {
		letter := ' '
		if parts := []rune(norm.NFD.String(string(character))); len(parts) == 2 && parts[1] == accent {
			letter = parts[0]
		} else if character != spaced {
			continue
		}
		first, second := stroke(layout, accent, caps), stroke(layout, letter, caps)
		if first != nil && second != nil {
			return append(first, second...)
		}
	}
	return nil
}

func stroke(layout Layout, character rune, caps bool) []Event {
	for _, code := range codes(same) {
		if same[code] == character {
			return Tap(code)
		}
	}
	for _, code := range codes(layout.plain) {
		shift := caps && unicode.IsLetter(layout.plain[code])
		switch character {
		case layout.plain[code]:
			return under(shift, leftShift, Tap(code))
		case layout.shift[code]:
			return under(!shift, rightShift, Tap(code))
		case layout.third[code]:
			return under(true, rightAlt, Tap(code))
		}
	}
	return nil
}

func codes(of map[uint16]rune) (all []uint16) {
	for code := range of {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

func under(held bool, modifier uint16, events []Event) []Event {
	if !held {
		return events
	}
	events = append([]Event{{evKey, modifier, pressed}, {}}, events...)
	return append(events, Event{evKey, modifier, released}, Event{})
}

// Tap is a key that goes down and up, with what USB keyboards tell beside it.
func Tap(code uint16) []Event {
	return []Event{
		{4, 4, 0x70000 + int32(code)}, {evKey, code, pressed}, {},
		{4, 4, 0x70000 + int32(code)}, {evKey, code, released}, {},
	}
}

// Bytes are events as the kernel hands them over, each of size bytes.
func Bytes(events []Event, size int) []byte {
	var b bytes.Buffer
	for _, event := range events {
		b.Write(bytes.Repeat([]byte{0x5a}, size-8))
		binary.Write(&b, binary.NativeEndian, event)
	}
	return b.Bytes()
}
