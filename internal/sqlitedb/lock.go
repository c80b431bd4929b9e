package sqlitedb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrLocked says that another daemon holds the data folder.
var ErrLocked = errors.New("another loyaltyd holds this folder")

// Lock is the exclusive hold on a data folder, or on work in it. The kernel ends
// it with the process, however that dies.
type Lock struct{ file *os.File }

// LockFolder takes the data folder for this process: creates it with mode 0700
// if it is missing, refuses one that others may enter or that is another user's, and locks dir/lock
// without waiting. ErrLocked if another holder is there.
func LockFolder(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("data folder %q has mode %#o, so others on this machine can enter it (chmod 700 %s): %w",
			dir, mode, dir, fs.ErrPermission)
	}
	if err := owned(dir, info); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := lockFile(f); err != nil {
		holder, _ := os.ReadFile(f.Name()) // only words for a person
		f.Close()
		if errors.Is(err, ErrLocked) {
			return nil, fmt.Errorf("lock %q: %w (process %s)", dir, err, strings.TrimSpace(string(holder)))
		}
		return nil, fmt.Errorf("lock data folder %q: %w", dir, err)
	}
	return &Lock{f}, nil
}

// LockWork takes the right to work in a data folder beside whoever holds it, for
// one process at a time: ErrLocked if another is at it. The lock is the folder's
// own, without a file: whoever has it may make and remove what it likes there.
func LockWork(dir string) (*Lock, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("lock work: %w", err)
	}
	if err := flock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock work in %q: %w", dir, err)
	}
	return &Lock{f}, nil
}

// owned refuses a folder of another user: what root wrote there, the daemon that
// runs as its owner could not open.
func owned(dir string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) == os.Geteuid() {
		return nil
	}
	name := strconv.Itoa(int(stat.Uid))
	if owner, err := user.LookupId(name); err == nil {
		name = owner.Username
	}
	return fmt.Errorf("data folder %q belongs to user %s (run as that user: sudo -u %s loyaltyd ...): %w",
		dir, name, name, fs.ErrPermission)
}

// lockFile takes the lock and leaves the process id for people to read.
func lockFile(f *os.File) error {
	if err := flock(f); err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func flock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}

// Close gives the folder free. It may be called twice.
func (l *Lock) Close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
