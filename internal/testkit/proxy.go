package testkit

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy is a piece of network that can be cut.
type Proxy struct {
	Address string // host:port, to connect to

	to    string
	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
	wait  sync.WaitGroup
}

// NewProxy forwards connections to an address until the test ends.
func NewProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &Proxy{Address: listener.Addr().String(), to: to, conns: map[net.Conn]bool{}}
	p.wait.Go(func() { p.accept(listener) })
	t.Cleanup(func() {
		listener.Close()
		p.Cut()
		p.wait.Wait()
	})
	return p
}

// Cut resets every connection and refuses new ones.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for conn := range p.conns {
		conn.Close()
	}
	clear(p.conns)
}

// Heal lets connections through again.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

func (p *Proxy) accept(listener net.Listener) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil || !p.keep(near, far) {
			near.Close()
			continue
		}
		p.wait.Go(func() { p.copy(near, far) })
		p.wait.Go(func() { p.copy(far, near) })
	}
}

// keep notes a pair of connections, or closes the far one where there is a cut.
func (p *Proxy) keep(near, far net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut {
		far.Close()
		return false
	}
	p.conns[near], p.conns[far] = true, true
	return true
}

func (p *Proxy) copy(to, from net.Conn) {
	io.Copy(to, from) // its error is the end of the connection
	to.Close()
	from.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, to)
	delete(p.conns, from)
}
