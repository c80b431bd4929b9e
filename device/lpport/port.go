// Package lpport keeps a USB printer open at its character device, /dev/usb/lp0:
// the printer class driver of Linux passes bytes both ways, and there is no line
// to set.
package lpport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/device"
)

const (
	// writeTimeout leaves a printer time to print what its buffer holds.
	writeTimeout = 10 * time.Second
	// chunk is what the driver takes at once.
	chunk = 4 << 10
	// pause is how long a read waits that found nothing: some printers answer an
	// empty transfer at once, for ever.
	pause = 50 * time.Millisecond
	// wirePerByte is that of a full-speed USB printer, 500 KB a second.
	wirePerByte = 2 * time.Microsecond
)

// Port is one USB printer. Set Path before Run.
type Port struct {
	Path string

	supervisor device.Supervisor
}

var _ device.Port = (*Port)(nil)

// Run is described at device.Port. Only a path that is no device is an error.
func (p *Port) Run(ctx context.Context, h device.Handler) error {
	if info, err := os.Stat(p.Path); err == nil && info.Mode()&os.ModeCharDevice == 0 {
		return fmt.Errorf("USB printer %q is not a character device", p.Path)
	}
	p.supervisor.Name = fmt.Sprintf("USB printer %q", p.Path)
	p.supervisor.Open = func(context.Context) (device.Link, error) { return open(p.Path) }
	p.supervisor.Chunk, p.supervisor.WriteTimeout = chunk, writeTimeout
	p.supervisor.Run(ctx, h)
	return nil
}

// Write is described at device.Port.
func (p *Port) Write(b []byte) error { return p.supervisor.Write(b) }

// WireTime is described at device.Port.
func (p *Port) WireTime(n int) time.Duration { return time.Duration(n) * wirePerByte }

func open(path string) (device.Link, error) {
	// Not blocking, so that Close ends the calls inside.
	file, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err // names the path
	}
	return link{file}, nil
}

// link is a printer that is open.
type link struct{ *os.File }

// Read takes an empty transfer for nothing said, while the printer is there.
func (l link) Read(p []byte) (int, error) {
	n, err := l.File.Read(p)
	if n == 0 && errors.Is(err, io.EOF) && !l.hungUp() {
		time.Sleep(pause)
		return 0, nil
	}
	return n, err
}

// hungUp reports whether the plug was pulled, as poll(2) says it.
func (l link) hungUp() bool {
	conn, err := l.SyscallConn()
	if err != nil {
		return true
	}
	var events int16
	err = conn.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd)}}
		if _, err := unix.Poll(fds, 0); err == nil {
			events = fds[0].Revents
		}
	})
	return err != nil || events&unix.POLLHUP != 0
}

func (l link) Write(p []byte) error {
	_, err := l.File.Write(p)
	return err
}

// Release frees a write that stands still; where that fails the file is closed.
func (l link) Release() { _ = l.SetWriteDeadline(time.Unix(1, 0)) }

// Close needs no grace: closing ends the calls inside.
func (l link) Close(time.Duration) error { return l.File.Close() }
