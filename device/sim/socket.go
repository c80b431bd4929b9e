package sim

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// connectInterval is how often a write looks whether someone is connected.
const connectInterval = 2 * time.Millisecond

// socket is a TCP port that serves one connection after the other, as network
// printers do.
type socket struct {
	valve
	address string // with the port in use, once there is one
	receive func([]byte) []byte

	mu       sync.Mutex
	listener net.Listener  // nil while unplugged
	conn     net.Conn      // nil while nobody is connected
	gone     chan struct{} // closed by Unplug
	done     chan struct{} // closed when serve has ended
}

func (s *socket) Path() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.address
}

func (s *socket) Unplug() error {
	s.mu.Lock()
	if s.listener == nil {
		s.mu.Unlock()
		return nil
	}
	err := s.listener.Close()
	s.listener = nil
	close(s.gone)
	if s.conn != nil {
		s.conn.Close() // what was under way may be lost
	}
	s.mu.Unlock()
	<-s.done
	s.Stall(false)
	return err
}

func (s *socket) Replug() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return fmt.Errorf("plug in simulated device %q: %w", s.address, err)
	}
	s.listener, s.address = listener, listener.Addr().String()
	s.gone, s.done = make(chan struct{}), make(chan struct{})
	go s.serve(listener, s.gone, s.done)
	return nil
}

func (s *socket) Close() error { return s.Unplug() }

func (s *socket) serve(listener net.Listener, gone <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed by Unplug
		}
		if s.connected(conn, gone) {
			s.read(conn, gone)
		}
		s.disconnect(conn)
	}
}

// connected makes conn the one to write to, unless Unplug came first.
func (s *socket) connected(conn net.Conn, gone <-chan struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-gone:
		return false
	default:
		s.conn = conn
		return true
	}
}

func (s *socket) disconnect(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = nil
	conn.Close() // the program has closed it or we have
}

func (s *socket) read(conn net.Conn, gone <-chan struct{}) {
	buf := make([]byte, 4096)
	for s.pass(gone) {
		n, err := conn.Read(buf)
		if n > 0 && s.pass(gone) {
			answer(conn, s.receive(buf[:n]))
		}
		if err != nil {
			return
		}
	}
}

func (s *socket) write(p []byte) error {
	for deadline := time.Now().Add(writeTimeout); time.Now().Before(deadline); time.Sleep(connectInterval) {
		s.mu.Lock()
		conn, plugged := s.conn, s.listener != nil
		s.mu.Unlock()
		if !plugged {
			return ErrUnplugged
		}
		if conn != nil {
			return send(conn, p)
		}
	}
	return errors.New("nobody is connected to the simulated device")
}

// deadliner is a file or a connection.
type deadliner interface {
	SetWriteDeadline(time.Time) error
	Write([]byte) (int, error)
}

func send(to deadliner, p []byte) error {
	if err := to.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := to.Write(p)
	return err
}

// answer sends what a device answers; one that nobody reads any more is lost.
func answer(to deadliner, p []byte) {
	if len(p) > 0 {
		_ = send(to, p)
	}
}
