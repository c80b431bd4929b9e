package offline

import (
	"os"
	"syscall"
)

// datasync makes a file's content durable without its times.
func datasync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return err
		}
	}
}
