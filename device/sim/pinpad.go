package sim

import (
	"context"
	"fmt"
)

// PINPad plays a pad that speaks Z messages: it shows what it is told, and gives
// one key when it is asked for one.
type PINPad struct {
	plug
	record
	in     []byte // a frame, from STX on
	whole  bool
	shown  string
	asked  bool   // for a key
	answer []byte // not acknowledged yet
	// spoil is how many of the next frames the pad finds damaged, and deaf how many
	// it does not hear at all.
	spoil, deaf int
}

// NewPINPad plugs a pad in at path, as NewKeypad does.
func NewPINPad(path string) (*PINPad, error) {
	p := &PINPad{}
	p.plug = newPlug(path, func(b []byte) (out []byte) {
		p.take(b, func() {
			for _, b := range b {
				out = append(out, p.put(b)...)
			}
		})
		return out
	})
	return p, p.Replug()
}

// Replug brings the pad back, as after a power cut.
func (p *PINPad) Replug() error {
	p.record.mu.Lock()
	p.in, p.whole, p.shown, p.asked, p.answer = nil, false, "", false, nil
	p.record.mu.Unlock()
	return p.plug.Replug()
}

// Trouble makes the pad find the next frames damaged, and not hear those after.
func (p *PINPad) Trouble(spoil, deaf int) {
	p.record.mu.Lock()
	defer p.record.mu.Unlock()
	p.spoil, p.deaf = spoil, deaf
}

// Press presses keys, each once the pad is asked for one: digits, # for ENTER, *
// for CANCEL, / for CLEAR, A to C.
func (p *PINPad) Press(ctx context.Context, keys string) error {
	for _, key := range keys {
		answer := padFrame("Z43" + string(key))
		for !p.press(answer) {
			if err := p.wait(ctx, func() bool { return p.asked }); err != nil {
				return fmt.Errorf("pad is not asked for a key: %w", err)
			}
		}
		if err := p.write(answer); err != nil {
			return err
		}
	}
	return nil
}

// press ends the request for a key, if there is one.
func (p *PINPad) press(answer []byte) bool {
	p.record.mu.Lock()
	defer p.record.mu.Unlock()
	if !p.asked {
		return false
	}
	p.asked, p.answer = false, answer
	return true
}

// Wait returns once the pad shows a text and is asked for a key, or with the
// cause of the end of ctx.
func (p *PINPad) Wait(ctx context.Context, text string) error {
	return p.wait(ctx, func() bool { return p.shown == text && p.asked })
}

// Shown is what the pad shows.
func (p *PINPad) Shown() string {
	p.record.mu.Lock()
	defer p.record.mu.Unlock()
	return p.shown
}

func padFrame(message string) []byte {
	f := append([]byte{2}, message...)
	f = append(f, 3)
	return append(f, padSum(f[1:]))
}

func padSum(p []byte) (sum byte) {
	for _, b := range p {
		sum ^= b
	}
	return sum
}

// put takes one byte of the host and returns the answer.
func (p *PINPad) put(b byte) []byte {
	switch {
	case p.whole:
		frame := p.in[1:]
		p.in, p.whole = nil, false
		return p.heard(string(frame[:len(frame)-1]), padSum(frame) == b)
	case p.in != nil:
		p.in = append(p.in, b)
		p.whole = b == 3
	case b == 2:
		p.in = []byte{2}
	case b == 6:
		p.answer = nil
	case b == 0x15:
		return p.answer
	}
	return nil
}

func (p *PINPad) heard(message string, good bool) []byte {
	switch {
	case p.deaf > 0 && p.spoil == 0:
		p.deaf--
		return nil
	case p.spoil > 0 || !good:
		p.spoil = max(p.spoil-1, 0)
		return []byte{0x15}
	}
	switch {
	case message == "Z1":
		p.shown, p.asked = "", false
	case message == "72":
		if p.asked {
			p.asked = false
			return []byte{6, 4}
		}
	case len(message) > 2 && message[:3] == "Z2\x1a":
		p.shown = message[3:]
	case len(message) == 6 && message[:3] == "Z42":
		p.asked = true
	}
	return []byte{6}
}
