// Package pinpad drives customer pads that speak Verifone's Z messages, as
// Verifone's 1000SE and UIC's PP791 do: a keypad and a display in one, of which
// each key is asked for, so that nothing is taken that nobody waits for.
//
// Many such pads let digits out only under a prompt that their maker signed
// (PCI PTS); without its id (Prompt) they give function keys alone. No such prompt
// asks for a PIN in clear, and none may be used to: where Prompt is set no member's
// PIN is asked for on the pad. On others her PIN is digits as all others are, which the
// line carries in clear: it opens a loyalty program, and nothing else must be asked
// for so.
package pinpad

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// longestText is what Z2 takes.
const longestText = 64

var errDamaged = errors.New("three damaged messages in a row: check the line and its settings")

// Pad is the driver of one pad. It is a device.LineDisplay.
type Pad struct {
	// Prompt is the id of a prompt that the pad's maker signed; empty where the
	// pad shows any text and gives any key. Set it before Run.
	Prompt string

	name   string
	port   device.Port
	events chan<- device.Event

	mu     sync.Mutex
	talk   talk
	ctx    context.Context
	timer  *time.Timer
	due    time.Time
	moves  int            // of the talk, when the timer was set
	queued []device.Event // told once the lock is free
}

var _ device.LineDisplay = (*Pad)(nil)

// New returns the driver of the pad at port, which it alone uses. Its events
// carry name and go to events, which should be buffered; while events is full no
// more keys are asked for.
func New(name string, port device.Port, events chan<- device.Event) *Pad {
	p := &Pad{name: name, port: port, events: events}
	p.talk.write = func(frame []byte) { _ = port.Write(frame) } // what is lost is sent again
	p.talk.tell = func(e device.Event) { p.queued = append(p.queued, e) }
	return p
}

// Show is described at device.LineDisplay. The pad shows both lines as one text.
func (p *Pad) Show(upper, lower string) {
	text := plain(strings.Join(strings.Fields(upper+" "+lower), " "))
	p.do(func() { p.talk.show(text) })
}

// plain is what a pad can show: ASCII without its control bytes.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		for near, ok := r, true; ok; near, ok = device.Nearest(near) {
			if near >= ' ' && near <= '~' {
				return near
			}
		}
		return '?'
	}, text)
	return text[:min(len(text), longestText)]
}

// Run serves the pad until ctx ends, and returns as the port's Run does. It is
// called once.
func (p *Pad) Run(ctx context.Context) error {
	p.mu.Lock()
	p.ctx, p.talk.prompt = ctx, p.Prompt
	p.timer = time.AfterFunc(time.Hour, p.expired)
	p.timer.Stop()
	p.mu.Unlock()
	defer p.end()
	if err := p.port.Run(ctx, session{p}); err != nil {
		return fmt.Errorf("pad %q: %w", p.name, err)
	}
	return nil
}

// end keeps the timer from doing anything more.
func (p *Pad) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
	p.talk.offline()
}

// do changes the talk and sets its timer; what it tells is delivered without the
// lock, so that who shows something never waits for who reads events.
func (p *Pad) do(change func()) {
	p.mu.Lock()
	change()
	events := p.queued
	p.queued = nil
	p.rest()
	ctx := p.ctx
	p.mu.Unlock()
	for _, e := range events {
		e.Device = p.name
		device.Deliver(ctx, p.events, e)
	}
}

func (p *Pad) rest() {
	if p.timer == nil || p.moves == p.talk.moves {
		return // nobody runs it yet, or it waits as before
	}
	p.moves = p.talk.moves
	p.timer.Stop()
	p.due = time.Time{}
	if patience := p.talk.patience(); patience > 0 {
		p.due = time.Now().Add(patience)
		p.timer.Reset(patience)
	}
}

// expired is called by the timer: nothing came, unless it did while this call
// waited for the lock.
func (p *Pad) expired() {
	p.do(func() {
		if !p.due.IsZero() && !time.Now().Before(p.due) {
			p.talk.expire()
		}
	})
}

// session is a pad that runs: what its port calls.
type session struct{ *Pad }

func (s session) Online() {
	s.do(func() {
		s.talk.tell(device.Event{Kind: device.Online})
		s.talk.online()
	})
}

func (s session) Offline(err error, _ int) {
	s.do(func() {
		s.talk.tell(device.Event{Kind: device.Offline, Err: err})
		s.talk.offline()
	})
}

func (s session) Receive(p []byte) { s.do(func() { s.talk.receive(p) }) }
