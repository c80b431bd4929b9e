// Package serialport keeps one serial line or pseudo-terminal open through
// unplugging, stalls and power cuts of the device. It hides go.bug.st/serial and
// what is dangerous about it, and never lists ports: as root that reprograms
// lines that are in use.
package serialport

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

const (
	// chunk is the most that is written at once: the smallest buffer of a
	// printer that tells when it is full has this much left then.
	chunk = 128
	// kernelBuffer is what Linux takes from us ahead of the line.
	kernelBuffer = 4 << 10
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

	supervisor device.Supervisor
}

var _ device.Port = (*Port)(nil)

// Run is described at device.Port. A path that does not exist is a device that
// is unplugged; only settings no line can have are an error.
func (p *Port) Run(ctx context.Context, h device.Handler) error {
	mode, err := p.Settings.mode()
	if err != nil {
		return fmt.Errorf("serial port %q: %w", p.Path, err)
	}
	p.supervisor.Name = fmt.Sprintf("serial port %q", p.Path)
	p.supervisor.Chunk = chunk
	p.supervisor.WriteTimeout = p.writeTimeout()
	p.supervisor.Open = func(context.Context) (device.Link, error) {
		l, err := openLine(p.Path, mode)
		if err != nil {
			return nil, err // not l, which would be a Link that is no line
		}
		return l, nil
	}
	p.supervisor.Run(ctx, h)
	return nil
}

// Write is described at device.Port.
func (p *Port) Write(b []byte) error { return p.supervisor.Write(b) }

// WireTime is described at device.Port.
func (p *Port) WireTime(n int) time.Duration { return p.Settings.wireTime(n) }

func (p *Port) writeTimeout() time.Duration {
	if p.WriteTimeout != 0 {
		return p.WriteTimeout
	}
	return p.WireTime(kernelBuffer+chunk) + 2*time.Second
}
