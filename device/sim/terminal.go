// Package sim plays devices on pseudo-terminals: a keypad, a line display and a
// receipt printer that a program opens like real ones, under a path that stays
// while they are unplugged and plugged in again. They know the devices' bytes on
// their own and share no code with the drivers, so that each checks the other.
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

// ErrUnplugged answers what needs a plugged device.
var ErrUnplugged = errors.New("simulated device is unplugged")

// reopenInterval is how often a terminal looks whether someone has opened its
// other end: Linux gives no event for that.
const reopenInterval = 2 * time.Millisecond

// writeTimeout bounds a write that the program does not read.
const writeTimeout = 2 * time.Second

// terminal is a pseudo-terminal behind a symbolic link. Our own end of the
// slave stays closed, or we would not see the program close it.
type terminal struct {
	path    string
	receive func([]byte) // what the program wrote; set before the first plug

	mu     sync.Mutex
	master *os.File      // nil while unplugged
	done   chan struct{} // closed when the reader of master has ended
}

// Path returns the path to open.
func (t *terminal) Path() string { return t.path }

// Unplug pulls the plug: the program's reads and writes fail and the path is
// gone. A device that is unplugged already stays so.
func (t *terminal) Unplug() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.master == nil {
		return nil
	}
	err := errors.Join(os.Remove(t.path), t.master.Close())
	<-t.done
	t.master = nil
	return err
}

// Replug brings the device back under the same path, as a new terminal and with
// nothing of what was on the line. A device that is plugged in stays so.
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
	t.master, t.done = master, make(chan struct{})
	go t.read(master, t.done)
	return nil
}

// Close unplugs the device for good. It may be called twice.
func (t *terminal) Close() error { return t.Unplug() }

func (t *terminal) write(p []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.master == nil {
		return ErrUnplugged
	}
	if err := t.master.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := t.master.Write(p)
	return err
}

func (t *terminal) read(master *os.File, done chan<- struct{}) {
	defer close(done)
	buf := make([]byte, 4096)
	for {
		n, err := master.Read(buf)
		if n > 0 {
			t.receive(buf[:n])
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
