package evdev

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// hush is for how long a device types nothing before it is taken: who takes it in
	// the middle of a scan has the end of a number, which is another one.
	hush = 150 * time.Millisecond
	// hushed is how long that is waited for.
	hushed = 3 * time.Second
)

// kernel is what is asked of an event device beside reading it.
type kernel interface {
	// grab takes the device for fd alone, until fd is closed.
	grab(fd uintptr) error
	// down says which keys are held, a bit for each code.
	down(fd uintptr) ([]byte, error)
	// caps says whether Caps Lock's light is on.
	caps(fd uintptr) (bool, error)
}

// link is a device that is open.
type link struct {
	file   *os.File
	kernel kernel
	keys   *keyboard
	watch  func(Event)
	text   []byte // typed, and not yet read
}

// open takes the device once nobody types on it.
func (p *Port) open(ctx context.Context) (*link, error) {
	file, err := os.OpenFile(p.Path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, explained(err)
	}
	l := &link{file: file, kernel: p.kernel, keys: newKeyboard(p.Layout), watch: p.Watch}
	if err := l.take(ctx); err != nil {
		file.Close() // nothing was written that a failure could lose
		return nil, fmt.Errorf("take keyboard %q: %w", p.Path, err)
	}
	return l, nil
}

// explained tells a refusal of the service's own sandbox from one of the file's mode.
func explained(err error) error {
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w: the service may open no input device: DeviceAllow=char-input r in its unit lets it", err)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: a udev rule for its maker lets the till read it (70-loyaltyd.rules)", err)
	}
	return err
}

// take waits until no key is down and nothing comes, and has the device then.
func (l *link) take(ctx context.Context) error {
	for end := time.Now().Add(hushed); ; {
		if time.Now().After(end) {
			return errors.New("it never stops typing: does something lie on a key?")
		}
		quiet, err := l.quiet(ctx)
		if err != nil {
			return err
		}
		if quiet {
			break
		}
	}
	if err := l.ask(func(fd uintptr) error { return l.kernel.grab(fd) }); err != nil {
		return fmt.Errorf("grab: %w", refusal(err))
	}
	return l.resume()
}

// refusal says what a grab that is refused comes from.
func refusal(err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: another program has it for itself; is it the till, stop that first", err)
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: it is no input device", err)
	}
	return err
}

// quiet throws away what comes, and reports whether nothing did for a while and every
// key is up: a key that went down before would never go up for who saw it.
func (l *link) quiet(ctx context.Context) (bool, error) {
	if err := l.file.SetReadDeadline(time.Now().Add(hush)); err != nil {
		return false, err
	}
	_, err := l.file.Read(make([]byte, 64*eventSize))
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err == nil:
		return false, nil
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return false, err
	}
	var keys []byte
	err = l.ask(func(fd uintptr) (err error) { keys, err = l.kernel.down(fd); return refusal(err) })
	if err != nil {
		return false, err
	}
	for _, eight := range keys {
		if eight != 0 {
			return false, nil
		}
	}
	return true, l.file.SetReadDeadline(time.Time{})
}

// resume learns how the keys are.
func (l *link) resume() error {
	return l.ask(func(fd uintptr) error {
		keys, err := l.kernel.down(fd)
		if err != nil {
			return fmt.Errorf("ask which keys are held: %w", err)
		}
		caps, err := l.kernel.caps(fd)
		if err != nil {
			return fmt.Errorf("ask for Caps Lock: %w", err)
		}
		l.keys.resume(func(code uint16) bool { return keys[code/8]>>(code%8)&1 == 1 }, caps)
		return nil
	})
}

// ask lets the kernel be asked while the file surely is open.
func (l *link) ask(question func(fd uintptr) error) error {
	raw, err := l.file.SyscallConn()
	if err != nil {
		return err
	}
	var answer error
	if err := raw.Control(func(fd uintptr) { answer = question(fd) }); err != nil {
		return err
	}
	return answer
}

// Read gives what was typed; 0 and nil where events came that type nothing.
func (l *link) Read(p []byte) (int, error) {
	if len(l.text) == 0 {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.text)
	l.text = append(l.text[:0], l.text[n:]...)
	return n, nil
}

func (l *link) next() error {
	buf := make([]byte, 64*eventSize)
	n, err := l.file.Read(buf)
	if err != nil {
		return err
	}
	for _, event := range split(buf[:n], eventSize) {
		if l.watch != nil && event.words() != "" {
			l.watch(event)
		}
		var resume bool
		if l.text, resume = l.keys.take(event, l.text); resume {
			if err := l.resume(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Write and Release are never needed: Port takes nothing to write.
func (l *link) Write([]byte) error { return nil }
func (l *link) Release()           {}

// Close gives the device back, and needs no grace: closing ends the read inside.
func (l *link) Close(time.Duration) error { return l.file.Close() }
