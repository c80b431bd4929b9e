package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Reader is a pool of connections that cannot write. Its methods may be called
// from any goroutine.
type Reader struct {
	path          string
	applicationID int32
	onStorage     func(*StorageError) // hears of every storage error
	mayConnect    func() error        // whether a new connection would be sound

	slots     *slots
	closing   chan struct{}
	closeOnce sync.Once
}

// slots are the connections allowed that nobody uses, nil where none is open.
// The one given back last is taken next: its caches are warm.
type slots struct {
	free chan struct{} // one element for each
	mu   sync.Mutex
	list []*conn
}

func newSlots(size int) *slots { return &slots{free: make(chan struct{}, size)} }

func (s *slots) size() int { return cap(s.free) }

// take is for who received from free.
func (s *slots) take() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.list) - 1
	c := s.list[last]
	s.list = s.list[:last]
	return c
}

func (s *slots) give(c *conn) {
	s.mu.Lock()
	s.list = append(s.list, c)
	s.mu.Unlock()
	s.free <- struct{}{} // never waits: there are as many places as connections
}

// OpenReadOnly opens the database beside the daemon that writes it. It creates
// no database, changes nothing in it, never checkpoints, and does not ask
// which schema it finds. A missing file is fs.ErrNotExist.
func OpenReadOnly(ctx context.Context, path string, applicationID int32) (*Reader, error) {
	if err := checkVersion(libraryVersion()); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open database: %w", err)
	}
	r := newReader(path, applicationID, DefaultReadPool)
	r.onStorage = func(*StorageError) {}
	r.mayConnect = func() error { return nil }
	r.refill(make([]*conn, r.slots.size())) // opened as they are needed: a command reads once and ends
	if err := r.View(ctx, func(*Tx) error { return nil }); err != nil {
		r.Close() // holds at most one connection that never read
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	return r, nil
}

// newReader gives a pool whose slots are still to be filled.
func newReader(path string, applicationID int32, size int) *Reader {
	if size <= 0 {
		size = DefaultReadPool
	}
	return &Reader{
		path: path, applicationID: applicationID,
		slots: newSlots(size), closing: make(chan struct{}),
	}
}

// View runs fn in a read transaction: all its queries see one state of the
// database. It waits while all connections are busy. Errors of fn come back
// unchanged. fn may run inside an Update (it sees the state before it), but a
// View inside a View can wait for itself.
func (r *Reader) View(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	c, err := r.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() { r.slots.give(c) }()

	if err := c.exec("BEGIN"); err != nil {
		return r.failed(asStorage("begin", err))
	}
	tx, end := begin(ctx, c, true)
	defer func() {
		end.Close() // fn may have panicked
		// A read transaction has nothing to lose; one that cannot end holds
		// back checkpoints, so its connection goes.
		if c.inTransaction() && c.exec("COMMIT") != nil {
			c.close()
			c = nil
		}
	}()
	err = fn(tx)
	if ended := r.failed(end.Close()); err == nil { // remembered even where fn translated it
		return ended
	}
	return err
}

// borrow gives a connection, which goes back into slots, or nil for one that
// was closed.
func (r *Reader) borrow(ctx context.Context) (*conn, error) {
	c, err := r.take(ctx)
	if err != nil || c != nil {
		return c, err
	}
	if err = r.mayConnect(); err == nil {
		if c, err = r.connect(ctx); err == nil {
			return c, nil
		}
		err = r.failed(asStorage("open", err))
	}
	r.slots.give(nil)
	return nil, err
}

func (r *Reader) take(ctx context.Context) (*conn, error) {
	select {
	case <-r.closing:
		return nil, ErrClosed
	default:
	}
	select {
	case <-r.slots.free:
		return r.slots.take(), nil
	case <-r.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a reader: %w", ctx.Err())
	}
}

func (r *Reader) connect(ctx context.Context) (*conn, error) {
	return openConn(context.WithoutCancel(ctx), connector{
		dsn:     dsn(r.path, "ro"),
		pragmas: readerPragmas,
		check:   r.checkIdentity,
	})
}

// checkIdentity refuses a file that is another kind of database.
func (r *Reader) checkIdentity(raw rawConn) error {
	id, err := readIdentity(raw)
	if err == nil && id.applicationID != int64(r.applicationID) {
		err = foreign(id.applicationID, r.applicationID)
	}
	return err
}

func (r *Reader) failed(err error) error {
	if se, ok := errors.AsType[*StorageError](err); ok {
		r.onStorage(se)
	}
	return err
}

// Close waits for running reads and closes the connections. It may be called
// twice.
func (r *Reader) Close() error {
	var err error
	r.closeOnce.Do(func() {
		close(r.closing)
		for range r.slots.size() {
			<-r.slots.free
			if c := r.slots.take(); c != nil {
				err = errors.Join(err, c.close())
			}
		}
	})
	return err
}

// drain waits for running reads and holds back new ones until refill.
func (r *Reader) drain(ctx context.Context) ([]*conn, error) {
	conns := make([]*conn, 0, r.slots.size())
	for range r.slots.size() {
		c, err := r.take(ctx)
		if err != nil {
			r.refill(conns)
			return nil, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

func (r *Reader) refill(conns []*conn) {
	for _, c := range conns {
		r.slots.give(c)
	}
}

// retire closes connections that are not needed any more.
func retire(conns []*conn) {
	for _, c := range conns {
		if c != nil {
			c.close() // read only: nothing can be lost
		}
	}
}
