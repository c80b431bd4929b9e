package tcpport_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/tcpport"
)

const patience = 5 * time.Second

// listener is a handler that passes on what it is told.
type listener struct {
	online  chan struct{}
	offline chan error
	unsent  chan int
	bytes   chan byte
}

func newListener() *listener {
	return &listener{make(chan struct{}, 8), make(chan error, 8), make(chan int, 8), make(chan byte, 4096)}
}

func (l *listener) Online() { l.online <- struct{}{} }
func (l *listener) Receive(p []byte) {
	for _, b := range p {
		l.bytes <- b
	}
}
func (l *listener) Offline(err error, unsent int) { l.offline <- err; l.unsent <- unsent }

func within[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// listen is a device that accepts connections and does nothing with them.
func listen(t *testing.T) (address string, conns <-chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 8)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	return l.Addr().String(), accepted
}

func start(t *testing.T, p *tcpport.Port, l *listener) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, l); close(done) }()
	stop = func() {
		t.Helper()
		cancel()
		if err := within(t, done, "the end of Run"); err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// Bytes pass in both directions untouched, in order.
func TestCarriesBytes(t *testing.T) {
	address, conns := listen(t)
	p, l := &tcpport.Port{Address: address}, newListener()
	stop := start(t, p, l)
	within(t, l.online, "Online")
	conn := within(t, conns, "a connection")
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if _, err := conn.Write(all); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if b := within(t, l.bytes, "a byte"); b != all[i] {
			t.Fatalf("byte %d is %#x", i, b)
		}
	}
	long := strings.Repeat(string(all), 40) // many chunks
	if err := p.Write([]byte(long)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(long))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != long {
		t.Errorf("the device received other bytes than were written (%v)", err)
	}
	stop()
	if n, err := conn.Read(got); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("after the end the device reads %d bytes, %v", n, err)
	}
	if len(l.offline) != 0 {
		t.Errorf("closing it ourselves told %v", <-l.offline)
	}
	if err := p.Write([]byte("x")); !errors.Is(err, device.ErrOffline) {
		t.Errorf("write after close: %v, want ErrOffline", err)
	}
}

// A device that takes nothing is lost after the write timeout. What the system
// still holds is not sent to it later, and little is held.
func TestStalledDevice(t *testing.T) {
	address, conns := listen(t)
	p, l := &tcpport.Port{Address: address, WriteTimeout: 300 * time.Millisecond}, newListener()
	start(t, p, l)
	within(t, l.online, "Online")
	conn := within(t, conns, "a connection")
	if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	var err error
	for err == nil {
		err = p.Write(make([]byte, 64<<10))
	}
	if !errors.Is(err, device.ErrFull) {
		t.Fatalf("filling the queue ended with %v, want ErrFull", err)
	}
	if err := within(t, l.offline, "Offline"); !strings.Contains(err.Error(), "does not take what is written") || !strings.Contains(err.Error(), address) {
		t.Errorf("lost with %v", err)
	}
	if n := within(t, l.unsent, "the count"); n < 32 {
		t.Errorf("%d pieces unsent; the queue alone holds 32", n)
	}
	if _, err := io.Copy(io.Discard, conn); err == nil {
		t.Error("the connection was closed in order; what it held would have been printed")
	}
	within(t, l.online, "Online again")
}

// An address without a listener is a device that is away, not an error.
func TestAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	heard := newListener()
	start(t, &tcpport.Port{Address: address}, heard)
	if err := within(t, heard.offline, "Offline"); !strings.Contains(err.Error(), address) {
		t.Errorf("away: %v", err)
	}
}

// An address that can be none is an error at once.
func TestAddressRefused(t *testing.T) {
	for _, address := range []string{"", "printer", ":9100", "printer:", "printer:0", "printer:65536", "printer:ipp", "::1:9100"} {
		if err := (&tcpport.Port{Address: address}).Run(t.Context(), newListener()); err == nil {
			t.Errorf("%q: accepted", address)
		}
	}
}

// Behind a converter is a line of 9600 baud, as far as anyone knows.
func TestWireTime(t *testing.T) {
	if got := (&tcpport.Port{}).WireTime(960); got != time.Second {
		t.Errorf("960 bytes take %v", got)
	}
}
