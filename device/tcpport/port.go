// Package tcpport keeps one TCP connection to a device open through cut cables,
// stalls and power cuts: receipt printers on port 9100, and serial devices
// behind a converter that passes bytes as they are.
package tcpport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

const (
	dialTimeout = 3 * time.Second
	// writeTimeout leaves a printer time to print what its buffer holds.
	writeTimeout = 10 * time.Second
	// chunk and sendBuffer bound what is under way when a device stalls or is
	// lost: with the system's usual megabytes a dead printer would take every
	// receipt of the day. Linux doubles sendBuffer.
	chunk      = 1 << 10
	sendBuffer = 4 << 10
	// userTimeout is how long the device may acknowledge nothing, or have no
	// room for anything, before the system gives the connection up: long
	// enough to change the paper.
	userTimeout = time.Minute
)

// keepAlive finds within half a minute a device that went without a word.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// Port is one device in the network. Set the fields before Run.
type Port struct {
	Address string // host:port, the port in digits
	// WriteTimeout is how long a write may stand still before the device counts
	// as lost. Zero is 10 s.
	WriteTimeout time.Duration

	supervisor device.Supervisor
}

var _ device.Port = (*Port)(nil)

// Run is described at device.Port. A device that does not answer is one that is
// unplugged; only an address that can be none is an error.
func (p *Port) Run(ctx context.Context, h device.Handler) error {
	if err := checkAddress(p.Address); err != nil {
		return err
	}
	p.supervisor.Name = fmt.Sprintf("device at %q", p.Address)
	p.supervisor.Open = p.open
	p.supervisor.Chunk = chunk
	p.supervisor.WriteTimeout = p.WriteTimeout
	if p.WriteTimeout == 0 {
		p.supervisor.WriteTimeout = writeTimeout
	}
	p.supervisor.Run(ctx, h)
	return nil
}

// Write is described at device.Port.
func (p *Port) Write(b []byte) error { return p.supervisor.Write(b) }

// WireTime is that of a serial line with 9600 baud, as many a converter has
// behind it: nothing tells which one is there.
func (p *Port) WireTime(n int) time.Duration { return time.Duration(n) * time.Second / 960 }

func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err // names the address
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
		return fmt.Errorf("address %q is not a host and a port from 1 to 65535", address)
	}
	return nil
}

func (p *Port) open(ctx context.Context) (device.Link, error) {
	dialer := net.Dialer{Timeout: dialTimeout, KeepAliveConfig: keepAlive, Control: giveUpAfter(userTimeout)}
	conn, err := dialer.DialContext(ctx, "tcp", p.Address)
	if err != nil {
		return nil, err // names the address
	}
	tcp := conn.(*net.TCPConn)
	if err := tcp.SetWriteBuffer(sendBuffer); err != nil {
		return nil, errors.Join(err, tcp.Close())
	}
	return link{tcp}, nil
}

// link is one connection.
type link struct {
	*net.TCPConn
}

func (l link) Read(p []byte) (int, error) {
	n, err := l.TCPConn.Read(p)
	if errors.Is(err, io.EOF) {
		return n, errors.New("device closed the connection")
	}
	return n, err
}

func (l link) Write(p []byte) error {
	_, err := l.TCPConn.Write(p)
	return err
}

// Release also has the connection reset instead of closed, so that what stands
// still is not printed later. Where that fails the connection is gone already.
func (l link) Release() {
	_ = l.SetLinger(0)
	_ = l.SetWriteDeadline(time.Unix(1, 0))
}

// Close needs no grace: closing a connection ends the calls inside it.
func (l link) Close(time.Duration) error { return l.TCPConn.Close() }
