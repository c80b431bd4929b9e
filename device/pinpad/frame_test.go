package pinpad

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/device"
)

// Frames as a pad's manual has them, among them one whose checksum is an ACK and
// one whose checksum is an ETX.
func TestFrames(t *testing.T) {
	for message, want := range map[string]string{
		"Z2\x1aENTER PHONE": "02 5a 32 1a 45 4e 54 45 52 20 50 48 4f 4e 45 03 45",
		"Z4230":             "02 5a 34 32 33 30 03 5c",
		"Z435":              "02 5a 34 33 35 03 6b",
		"Z43#":              "02 5a 34 33 23 03 7d",
		"Z43?":              "02 5a 34 33 3f 03 61",
		"72":                "02 37 32 03 06",
		"Z1":                "02 5a 31 03 68",
	} {
		frame := framed(message)
		if got := hex.EncodeToString(frame); got != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%q is %s, want %s", message, got, want)
		}
		var in pieces
		var got []piece
		for _, b := range append(append([]byte{ack}, frame...), eot) {
			if p, ok := in.take(b); ok {
				got = append(got, p)
			}
		}
		if len(got) != 3 || got[0].control != ack || got[1] != (piece{message: message}) || got[2].control != eot {
			t.Errorf("%q is read as %+v", message, got)
		}
	}
}

// A frame with any one byte changed is not taken for what it was.
func TestDamagedFrames(t *testing.T) {
	frame := framed("Z435")
	for i := range frame {
		for bit := range 8 {
			damaged := append([]byte(nil), frame...)
			damaged[i] ^= 1 << bit
			var in pieces
			for _, b := range damaged {
				if p, ok := in.take(b); ok && !p.damaged && p.message == "Z435" {
					t.Errorf("% x is taken for % x", damaged, frame)
				}
			}
		}
	}
}

// FuzzTalk: no bytes bring the talk down, it keeps no more than a frame, always
// has a deadline, and works with a pad that begins to work.
func FuzzTalk(f *testing.F) {
	f.Add([]byte("\x06\x06\x06\x02Z435\x03\x6b\x04"))
	f.Add([]byte{2, 3, 3, 2, 6, 0x15, 0x15, 0x15, 0x15, 4})
	f.Add(framed(strings.Repeat("x", 300)))
	f.Fuzz(func(t *testing.T, noise []byte) {
		var written []byte
		pressed := 0
		talk := talk{
			write: func(p []byte) { written = append(written[:0], p...) },
			tell:  func(e device.Event) { pressed++ },
		}
		talk.online()
		talk.show("HELLO")
		for _, b := range noise {
			talk.receive([]byte{b})
			if talk.patience() == 0 || len(talk.in.frame) > longestFrame {
				t.Fatalf("waits %v, keeps %d bytes", talk.patience(), len(talk.in.frame))
			}
		}
		talk.expire()
		for n := 0; talk.phase != resetting; n++ { // silence, then a pad that takes all
			if talk.expire(); n > 10*tries {
				t.Fatalf("never begins anew, in phase %d", talk.phase)
			}
		}
		for range 2 * tries {
			talk.receive([]byte{ack})
		}
		pressed = 0
		talk.receive(framed("Z435"))
		if pressed != 1 {
			t.Fatalf("%d keys, in phase %d", pressed, talk.phase)
		}
	})
}
