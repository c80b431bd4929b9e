package stage

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
)

// Network is the network between the tills and headquarters: it passes bytes,
// and cutting it breaks every connection and refuses new ones.
type Network struct {
	address string

	mu       sync.Mutex
	targets  []target // headquarters' processes, in turn
	turn     int
	listener net.Listener // nil while cut
	conns    map[net.Conn]struct{}
	wg       sync.WaitGroup
}

// newNetwork listens on a free port of this machine; nothing passes until a
// target is set.
func newNetwork() (*Network, error) {
	listener, err := listenAgain()
	if err != nil {
		return nil, err
	}
	p := &Network{address: listener.Addr().String(), conns: map[net.Conn]struct{}{}}
	p.serve(listener)
	return p, nil
}

// Address is where tills reach headquarters: host:port.
func (p *Network) Address() string { return p.address }

// target is where a process of this name listens.
type target struct{ name, address string }

// lead leads to a process, beside the others that there are; one of the same
// name is where it was before it was started again.
func (p *Network) lead(name, address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.targets = slices.DeleteFunc(p.targets, func(t target) bool { return t.name == name })
	p.targets = append(p.targets, target{name, address})
}

// dial takes the next process that answers.
func (p *Network) dial() (conn net.Conn, err error) {
	p.mu.Lock()
	targets := slices.Clone(p.targets)
	p.turn++
	turn := p.turn
	p.mu.Unlock()
	err = errors.New("no headquarters yet")
	for i := range targets {
		if conn, err = net.Dial("tcp", targets[(turn+i)%len(targets)].address); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// Cut ends every connection and closes the port.
func (p *Network) Cut() {
	p.mu.Lock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	for conn := range p.conns {
		conn.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

// Restore opens the same port again.
func (p *Network) Restore() error {
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		return err
	}
	p.serve(listener)
	return nil
}

func (p *Network) serve(listener net.Listener) {
	p.mu.Lock()
	p.listener = listener
	p.mu.Unlock()
	p.wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // cut
			}
			p.wg.Go(func() { p.pass(conn) })
		}
	})
}

func (p *Network) pass(near net.Conn) {
	defer near.Close()
	far, err := p.dial()
	if err != nil {
		return
	}
	defer far.Close()
	if !p.keep(near, far) {
		return
	}
	defer p.forget(near, far)
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(way[0], way[1]) // ends with either side
			done <- struct{}{}
		}()
	}
	<-done
	near.Close()
	far.Close()
	<-done
}

// keep remembers the connections of a pair; false when the cut came first.
func (p *Network) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		p.conns[conn] = struct{}{}
	}
	return p.listener != nil
}

func (p *Network) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		delete(p.conns, conn)
	}
}
