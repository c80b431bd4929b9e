// Package serialport keeps one serial line or pseudo-terminal open through
// unplugging, stalls and power cuts of the device. It hides go.bug.st/serial and
// what is dangerous about it, and never lists ports: as root that reprograms
// lines that are in use.
package serialport

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

const (
	// queuePieces and maxPiece bound what waits for the line; a long receipt
	// has some 4 KiB.
	queuePieces = 32
	maxPiece    = 64 << 10
	// chunk is the most that is written at once, so that a stall is noticed
	// within one chunk and the rest is never begun.
	chunk = 128
	// kernelBuffer is what Linux takes from us ahead of the line.
	kernelBuffer = 4 << 10
	// writeGrace is how long a closing port lets the current chunk go out before
	// it throws it away.
	writeGrace = 250 * time.Millisecond
	// closeGrace is how long it then waits for calls to return: longer than
	// pollInterval, which bounds the reader.
	closeGrace = time.Second
)

// Port is one serial line, addressed by the same path for ever: use
// /dev/serial/by-id or by-path for USB, since a replugged adapter may come back
// under another ttyUSB number. Set the fields before Run.
type Port struct {
	Path     string
	Settings Settings
	// WriteTimeout is how long a write may stand still before the device
	// counts as lost. Zero is the time the line needs for all that may be
	// ahead of the write, and 2 s.
	WriteTimeout time.Duration

	mu     sync.Mutex
	online bool
	queue  chan []byte // made by Run
	unsent int         // pieces taken and not yet written whole
}

var _ device.Port = (*Port)(nil)

// Run is described at device.Port. A path that does not exist is a device that
// is unplugged; only settings no line can have are an error.
//
// A call the system never finishes cannot be called back. Then Run still returns
// when ctx ends, leaving that goroutine and its open file behind, and until then
// does not open the device a second time. It takes more than a device that
// stands still: emptying the system's buffer frees the write.
func (p *Port) Run(ctx context.Context, h device.Handler) error {
	mode, err := p.Settings.mode()
	if err != nil {
		return fmt.Errorf("serial port %q: %w", p.Path, err)
	}
	p.mu.Lock()
	p.queue = make(chan []byte, queuePieces)
	p.mu.Unlock()

	var wait backoff
	told := false // that the port is offline
	for ctx.Err() == nil {
		l, err := openLine(p.Path, mode)
		if err == nil {
			began := time.Now()
			p.session(ctx, l, h)
			wait.ended(time.Since(began))
			told = true
		} else if !told {
			h.Offline(err, 0)
			told = true
		}
		endsWithin(wait.next(), ctx.Done())
	}
	return nil
}

// session serves an open line until it is lost or ctx ends, which is how a
// pulled plug and our own closing are told apart: the library gives both the
// same error.
func (p *Port) session(owner context.Context, l *line, h device.Handler) {
	ctx, lose := context.WithCancelCause(owner)
	defer lose(nil)
	p.setOnline()
	h.Online()

	w := writer{line: l, timeout: p.writeTimeout(), lose: lose, sent: p.sent}
	read, written := make(chan struct{}), make(chan struct{})
	go func() { defer close(read); lose(receive(ctx, l, h)) }()
	go func() { defer close(written); lose(w.run(ctx, p.queue)) }()
	<-ctx.Done()

	err := context.Cause(ctx)
	unsent := p.setOffline()
	if !endsWithin(writeGrace, written) {
		w.release()
	}
	closeErr := l.Close(closeGrace)
	if closeErr != nil {
		err = fmt.Errorf("%w, and closing it: %w", err, closeErr)
	}
	if !errors.Is(closeErr, errBusy) {
		<-read
		<-written
	}
	if owner.Err() == nil {
		h.Offline(fmt.Errorf("serial port %q: %w", p.Path, err), unsent)
	}
	select {
	case <-l.closed:
		<-read
		<-written
	case <-owner.Done():
	}
}

// receive hands what arrives to h until ctx ends or the line is lost.
func receive(ctx context.Context, l *line, h device.Handler) error {
	buf := make([]byte, 256)
	for ctx.Err() == nil {
		n, err := l.Read(buf)
		if n > 0 && ctx.Err() == nil {
			h.Receive(buf[:n])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Write is described at device.Port.
func (p *Port) Write(b []byte) error {
	if len(b) > maxPiece {
		return device.ErrTooLarge
	}
	piece := append([]byte(nil), b...)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.online {
		return device.ErrOffline
	}
	select {
	case p.queue <- piece:
		p.unsent++
		return nil
	default:
		return device.ErrFull
	}
}

// WireTime is described at device.Port.
func (p *Port) WireTime(n int) time.Duration { return p.Settings.wireTime(n) }

func (p *Port) writeTimeout() time.Duration {
	if p.WriteTimeout != 0 {
		return p.WriteTimeout
	}
	return p.WireTime(kernelBuffer+chunk) + 2*time.Second
}

func (p *Port) setOnline() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.online = true
}

// setOffline refuses further writes, empties the queue and returns how many
// pieces had been taken and not written whole.
func (p *Port) setOffline() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.online = false
	for {
		select {
		case <-p.queue:
		default:
			unsent := p.unsent
			p.unsent = 0
			return unsent
		}
	}
}

// sent is called when a piece was written whole. Once offline, setOffline has
// counted it already.
func (p *Port) sent() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.online {
		p.unsent--
	}
}

// endsWithin waits for done, but not longer than d, and returns whether it came.
func endsWithin(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
