package pinpad

import (
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

const (
	// answerTime is how long the other side may take for an ACK, and half a frame
	// for its other half; tries how often a frame is sent without one.
	answerTime = 5 * time.Second
	tries      = 3
	// keySeconds is how long one request for a key lasts, as the pad counts it,
	// and overdue when it is certain that no answer comes.
	keySeconds = "255"
	overdue    = 265 * time.Second
	// restTime is how long a pad is left alone that did not answer.
	restTime = 2 * time.Second
)

// The messages.
const (
	idleMessage   = "Z1"
	showMessage   = "Z2"
	keyMessage    = "Z42"
	keyAnswer     = "Z43"
	cancelMessage = "72"
)

// keys are what Z43 says; '?' is that no key was pressed.
var keys = map[byte]device.Key{
	'*': device.Cancel, '#': device.Enter, '/': device.Clear,
	'A': device.Redeem, 'B': device.Void, 'C': device.Enroll,
}

func init() {
	for i := range byte(10) {
		keys['0'+i] = device.Digit0 + device.Key(i)
	}
}

// phase is where the talk with the pad stands.
type phase int

const (
	away      phase = iota // there is no pad
	resting                // it did not answer; a little later anew
	resetting              // Z1 is sent
	showing                // Z2 is sent
	asking                 // Z42 is sent
	waiting                // for a key
	canceling              // 72 is sent, so that it waits no more
)

// talk is the conversation with a pad, half duplex: one message at a time, each
// acknowledged. It has no clock and no line: whoever runs it hands it bytes and
// its deadline, and writes what it says.
//
// A pad is told what to show, then asked for one key; each key is answered by what
// is to be shown next. Where that changes while it waits for a key it is made to
// wait no more.
type talk struct {
	// prompt is the id of a prompt that the pad's maker signed; pads that let
	// digits out only under one show it in place of any text.
	prompt string
	write  func([]byte)
	tell   func(device.Event)

	phase  phase
	wanted string // on the display
	shown  string
	frame  []byte // sent last, not acknowledged
	sent   int    // how often
	bad    int    // damaged frames in a row
	moves  int    // grows with whatever sets the deadline anew
	in     pieces
}

// patience is how long the talk may wait before expire.
func (t *talk) patience() time.Duration {
	switch {
	case t.phase == away:
		return 0
	case t.phase == resting:
		return restTime
	case t.phase == waiting && !t.in.begun():
		return overdue
	}
	return answerTime
}

// online begins with a pad of which nothing is known.
func (t *talk) online() {
	t.shown, t.in, t.bad = "", pieces{}, 0
	t.say(resetting, idleMessage)
}

func (t *talk) offline() {
	t.phase = away
	t.moves++
}

// show changes what is to be shown.
func (t *talk) show(text string) {
	t.wanted = text
	if t.phase == waiting && t.prompt == "" && t.shown != t.wanted {
		t.say(canceling, cancelMessage)
	}
}

// say sends a message.
func (t *talk) say(p phase, message string) {
	t.phase, t.frame, t.sent = p, framed(message), 1
	t.moves++
	t.write(t.frame)
}

// next says what is to be said now.
func (t *talk) next() {
	switch {
	case t.prompt != "" && t.shown == "":
		t.shown = t.prompt
		t.say(showing, showMessage+string(rune(gs))+t.prompt+string(rune(sub)))
	case t.prompt == "" && t.shown != t.wanted:
		t.shown = t.wanted
		t.say(showing, showMessage+string(rune(sub))+t.wanted)
	default:
		t.say(asking, keyMessage+keySeconds)
	}
}

// receive takes bytes of the line.
func (t *talk) receive(p []byte) {
	t.moves++
	for _, b := range p {
		if part, ok := t.in.take(b); ok && t.phase != away {
			t.heard(part)
		}
	}
}

func (t *talk) heard(p piece) {
	switch {
	case p.damaged:
		t.refuse()
	case p.message != "":
		t.answered(p.message)
	case p.control == ack:
		t.acknowledged()
	case p.control == nak:
		t.repeat()
	case p.control == eot && t.phase != resting:
		t.next() // it gave up what it was asked for
	}
}

func (t *talk) acknowledged() {
	switch t.phase {
	case resetting, showing:
		t.next()
	case asking:
		t.phase = waiting
		t.show(t.wanted) // it may have changed meanwhile
	}
}

// refuse asks for a damaged frame again, three times.
func (t *talk) refuse() {
	if t.bad++; t.bad < tries {
		t.write([]byte{nak})
		return
	}
	t.bad = 0
	t.write([]byte{eot})
	t.tell(device.Event{Kind: device.Misread, Err: errDamaged})
	t.rest()
}

// repeat sends what was not taken again, three times in all.
func (t *talk) repeat() {
	if t.phase == waiting || t.phase == resting {
		return
	}
	if t.sent == tries {
		t.write([]byte{eot})
		t.rest()
		return
	}
	t.sent++
	t.write(t.frame)
}

func (t *talk) rest() { t.phase, t.shown, t.in = resting, "", pieces{} }

// answered takes a message of the pad. One that is not known is acknowledged, or
// it would come again.
func (t *talk) answered(message string) {
	t.bad = 0
	t.write([]byte{ack})
	pressed, isKey := strings.CutPrefix(message, keyAnswer)
	if !isKey || len(pressed) != 1 {
		return
	}
	if key, ok := keys[pressed[0]]; ok && t.phase > resetting { // it may have crossed what was said since
		t.tell(device.Event{Kind: device.KeyPressed, Key: key})
	}
	if t.phase == waiting || t.phase == asking || t.phase == canceling {
		t.next()
	}
}

// expire is called after patience without a byte.
func (t *talk) expire() {
	t.moves++
	switch {
	case t.in.begun():
		t.in = pieces{}
		t.refuse()
	case t.phase == resting, t.phase == waiting:
		t.say(resetting, idleMessage)
	default:
		t.repeat()
	}
}
