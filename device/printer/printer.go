// Package printer sends whole receipts to a printer that speaks ESC/POS or Star
// Line Mode, asks it for its paper and cover in between, and prints again what may
// not have come out. How a receipt looks, and which bytes make it, is left to the
// receipt packages.
package printer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/device"
)

// initialize is ESC @. It takes a printer back to its defaults that was plugged
// in anew, or was left in mid-job.
const initialize = "\x1b@"

// maxSent is more than any port holds of pieces that it has not sent.
const maxSent = 64

// Printer is the driver of one receipt printer.
type Printer struct {
	// Reply is how the printer tells that a job is done, and Star that it is in
	// Star Line Mode. Set them before Run; the defaults are a printer that tells
	// nothing, in ESC/POS.
	Reply Reply
	Star  bool

	name   string
	port   device.Port
	events chan<- device.Event
	wake   chan struct{} // there may be something to ask

	// telling is held from a change until its event is taken, which keeps the
	// events in order, and is locked before mu. Print does without it.
	telling sync.Mutex

	mu      sync.Mutex // keeps the first job the first
	fresh   bool       // no job was sent since the port was opened
	online  bool
	free    time.Time // when the line will have carried all that was sent
	sent    []*kept   // the last maxSent pieces written; nil for a question
	jobs    jobs
	replies replies
	foreign []time.Time // when each of the jobs of other programs will be out
	recount bool        // Star's counter is to begin anew
	inquiry inquiry
}

var _ device.POSPrinter = (*Printer)(nil)

// New returns the driver of the printer at port, which it alone uses. Its Online,
// Offline and StatusUpdate events carry name and go to events.
func New(name string, port device.Port, events chan<- device.Event) *Printer {
	return &Printer{name: name, port: port, events: events, wake: make(chan struct{}, 1), fresh: true, recount: true}
}

// Run serves the printer until ctx ends, and returns as the port's Run does. It
// is called once.
func (p *Printer) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.port.Run(ctx, session{Printer: p, ctx: ctx}) })
	g.Go(func() error { p.inquire(ctx); return nil })
	if err := g.Wait(); err != nil {
		return fmt.Errorf("printer %q: %w", p.name, err)
	}
	return nil
}

// Print is described at device.POSPrinter. The first job after a reconnect goes
// out with ESC @ before it, as one piece.
func (p *Printer) Print(job, again []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.inquiry.status.Err(); err != nil {
		return fmt.Errorf("printer %q: %w", p.name, err)
	}
	k := &kept{first: slices.Clone(job), again: slices.Clone(again), taken: time.Now()}
	if err := p.send(k); err != nil {
		return fmt.Errorf("printer %q: %w", p.name, err)
	}
	return nil
}

// send hands a job to the line and keeps it until it is on paper.
func (p *Printer) send(k *kept) error {
	p.jobs.reply = p.Reply
	p.jobs.tidy(time.Now())
	p.jobs.number++
	var job []byte
	if p.fresh {
		job = append(job, p.initial()...)
	}
	k.number = p.jobs.number
	job = append(append(job, k.bytes()...), p.jobs.trailer()...)
	if err := p.write(job, k); err != nil {
		return err
	}
	p.fresh, k.lost, k.carried = false, false, p.free
	p.jobs.add(k)
	return nil
}

// initial sets up a printer that may have forgotten everything.
func (p *Printer) initial() string {
	if p.Reply != Counter {
		return initialize
	}
	p.jobs.number = 1                                // that of this job
	return "\x1b\x1ea\x00\x1b\x1eE\x00" + initialize // ESC RS a, ESC RS E: status when asked, counter from 0
}

func (p *Printer) write(b []byte, job *kept) error {
	if err := p.port.Write(b); err != nil {
		return err
	}
	p.sent = append(p.sent[max(0, len(p.sent)+1-maxSent):], job)
	if now := time.Now(); p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(p.port.WireTime(len(b)))
	return nil
}

// reprint prints what was lost with the printer. What finds the queue full, or
// is lost again, stays for the next time.
func (p *Printer) reprint(now time.Time) {
	for _, k := range p.jobs.due(now) {
		if err := p.send(k); err != nil {
			k.lost = true
			p.jobs.add(k)
		}
	}
}

// inquire asks the printer how it is until ctx ends. Questions are pieces of
// their own, so that none comes to stand inside a job.
func (p *Printer) inquire(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-timer.C:
		}
		p.change(ctx, func() { timer.Reset(p.ask(time.Now())) })
	}
}

// ask sends a question if it is time for one, and returns when to look again.
func (p *Printer) ask(now time.Time) time.Duration {
	if !p.online {
		return time.Hour // Online wakes
	}
	question, wait := p.inquiry.next(now, p.free)
	if question != nil {
		// A question that finds the queue full is one without an answer.
		_ = p.write(question, nil)
	}
	return wait
}

// change runs work, which may change the status, and tells if it has.
func (p *Printer) change(ctx context.Context, work func()) {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.mu.Lock()
	before := p.inquiry.status
	work()
	after := p.inquiry.status
	switch {
	case before.Known && !after.Known:
		p.fresh, p.recount = true, true // it fell silent and may have been switched off
		p.jobs.lose(time.Now(), func(*kept) bool { return false })
	case !before.Known && after.Known:
		p.reprint(time.Now())
	}
	p.mu.Unlock()
	if after != before {
		device.Deliver(ctx, p.events, device.Event{Device: p.name, Kind: device.StatusUpdate, Status: after})
	}
}

// session is a printer that runs: what its port calls.
type session struct {
	*Printer
	ctx context.Context
}

func (s session) Online() {
	s.set(true, 0)
	s.mu.Lock()
	s.reprint(time.Now())
	s.mu.Unlock()
	s.signal()
	s.tell(device.Event{Kind: device.Online})
}

func (s session) Receive(b []byte) {
	s.change(s.ctx, func() {
		now := time.Now()
		for _, b := range b {
			if a, whole := s.replies.take(b); whole {
				s.inquiry.take(a, now)
				s.jobs.heard(a)
			}
		}
	})
	s.signal()
}

// Offline marks the printer fresh before the port can take another job.
func (s session) Offline(err error, unsent int) {
	if jobs := s.set(false, unsent); jobs > 0 {
		err = fmt.Errorf("%d jobs not printed or not whole: %w", jobs, err)
	}
	s.tell(device.Event{Kind: device.Offline, Err: err})
}

// set forgets all that was known of the printer, and returns how many of the
// last unsent pieces were jobs. Of those the first may have been begun.
func (s session) set(online bool, unsent int) (lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pieces := s.sent[max(0, len(s.sent)-unsent):]
	for _, job := range pieces {
		if job != nil {
			lost++
		}
	}
	if !online {
		s.jobs.lose(time.Now(), func(k *kept) bool { return slices.Index(pieces, k) > 0 })
	}
	s.online, s.fresh, s.recount = online, true, true
	s.replies, s.free, s.sent = replies{star: s.Star}, time.Time{}, nil
	s.inquiry = inquiry{star: s.Star, automatic: s.Reply == ProcessID || s.Reply == Status}
	return lost
}

func (s session) tell(e device.Event) {
	s.telling.Lock()
	defer s.telling.Unlock()
	e.Device = s.name
	device.Deliver(s.ctx, s.events, e)
}

func (s session) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
