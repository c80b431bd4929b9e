// Package sim plays devices: a keypad, a scanner, line displays and a receipt
// printer that a program opens like real ones, on a pseudo-terminal or at a TCP
// port that stays the same while they are unplugged and plugged in again. They
// know the devices' bytes on their own and share no code with the drivers, so
// that each checks the other.
//
// A pseudo-terminal has no baud rate, parity or modem lines; what depends on
// those cannot be shown here.
package sim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// reopenInterval is how often a terminal looks whether someone has opened its
// other end: Linux gives no event for that.
const reopenInterval = 2 * time.Millisecond

// terminal is a pseudo-terminal behind a symbolic link. Our own end of the
// slave stays closed, or we would not see the program close it.
type terminal struct {
	valve
	path    string
	receive func([]byte) []byte

	mu     sync.Mutex
	master *os.File      // nil while unplugged
	gone   chan struct{} // closed by Unplug
	done   chan struct{} // closed when the reader of master has ended
}

func (t *terminal) Path() string { return t.path }

func (t *terminal) Unplug() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.master == nil {
		return nil
	}
	err := errors.Join(os.Remove(t.path), t.master.Close())
	close(t.gone)
	<-t.done
	t.master = nil
	t.Stall(false)
	return err
}

func (t *terminal) Replug() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.master != nil {
		return nil
	}
	master, err := openRaw(t.path)
	if err != nil {
		return fmt.Errorf("plug in simulated device %q: %w", t.path, err)
	}
	t.master, t.gone, t.done = master, make(chan struct{}), make(chan struct{})
	go t.read(master, t.gone, t.done)
	return nil
}

func (t *terminal) Close() error { return t.Unplug() }

func (t *terminal) write(p []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.master == nil {
		return ErrUnplugged
	}
	return send(t.master, p)
}

func (t *terminal) read(master *os.File, gone <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	buf := make([]byte, 4096)
	for t.pass(gone) {
		n, err := master.Read(buf)
		if n > 0 && t.pass(gone) {
			answer(master, t.receive(buf[:n]))
		}
		switch {
		case errors.Is(err, syscall.EIO): // nobody has the other end open
			time.Sleep(reopenInterval)
		case err != nil:
			return // closed by Unplug
		}
	}
}

// openRaw makes a pseudo-terminal that changes no byte, even before the program
// configures it, and points path to it. A link there is replaced, a file is not.
func openRaw(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return nil, fmt.Errorf("%q is not a symbolic link", path)
	}
	master, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	// creack/pty leaves the master blocking; a blocked read would outlive Close.
	err = syscall.SetNonblock(int(master.Fd()), true)
	err = errors.Join(err, makeRaw(slave), link(slave.Name(), path), slave.Close())
	if err != nil {
		return nil, errors.Join(err, master.Close())
	}
	return master, nil
}

func makeRaw(slave *os.File) error {
	termios, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read terminal settings: %w", err)
	}
	termios.Iflag = 0
	termios.Oflag = 0
	termios.Lflag = 0
	termios.Cc[unix.VMIN], termios.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, termios); err != nil {
		return fmt.Errorf("set terminal raw: %w", err)
	}
	return nil
}

// link points path to target in one step, so that no one finds it missing.
func link(target, path string) error {
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.Remove(temporary); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, temporary); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
