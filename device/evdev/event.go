package evdev

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Event is what the kernel tells of a device (linux/input.h, struct input_event),
// without its time.
type Event struct {
	Type  uint16
	Code  uint16
	Value int32
}

// The types and codes that are looked at (linux/input-event-codes.h).
const (
	evSyn = 0x00
	evKey = 0x01
	evLED = 0x11

	synReport  = 0
	synDropped = 3

	ledCaps = 1
)

// What a key event says.
const (
	released = iota
	pressed
	repeated
)

// eventSize is how long an event is: two longs of time, which are 4 bytes on a
// 32-bit machine, and 8 bytes.
const eventSize = int(unsafe.Sizeof(unix.Timeval{})) + tailSize

// tailSize is what follows the time.
const tailSize = 8

// split takes events of size bytes out of p. The kernel hands over whole ones; what
// is left over is none.
func split(p []byte, size int) (all []Event) {
	for ; len(p) >= size; p = p[size:] {
		tail := p[size-tailSize : size]
		all = append(all, Event{
			Type:  binary.NativeEndian.Uint16(tail),
			Code:  binary.NativeEndian.Uint16(tail[2:]),
			Value: int32(binary.NativeEndian.Uint32(tail[4:])),
		})
	}
	return all
}

// String tells an event as its numbers and in words. A key's number says what was
// typed, which may be a member's card: nothing but `devices test` prints it.
func (e Event) String() string {
	return fmt.Sprintf("%04x %04x %08x  %s", e.Type, e.Code, uint32(e.Value), e.words())
}

// words are empty for what says nothing of a key.
func (e Event) words() string {
	switch {
	case e.Type == evKey:
		deed := strconv.Itoa(int(e.Value))
		if e.Value >= released && e.Value <= repeated {
			deed = [...]string{"released", "pressed", "repeats, which counts for nothing"}[e.Value]
		}
		return fmt.Sprintf("key %d %s", e.Code, deed)
	case e.Type == evSyn && e.Code == synDropped:
		return "events were lost"
	case e.Type == evLED && e.Code == ledCaps:
		return fmt.Sprintf("Caps Lock's light %d", e.Value)
	}
	return ""
}
