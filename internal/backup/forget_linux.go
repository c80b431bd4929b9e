package backup

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget asks the page cache to drop a file, so that reading it asks the disk.
// A file system that does not know how reads from memory.
func forget(f *os.File) { _ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
