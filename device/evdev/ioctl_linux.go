package evdev

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The questions of linux/input.h, which x/sys/unix does not have.
const (
	// eviocgrab is _IOW('E', 0x90, int).
	eviocgrab = 0x40044590
	// eviocgkey and eviocgled are _IOC(_IOC_READ, 'E', n, length).
	eviocgkey = 0x80004518 | keyBytes<<16
	eviocgled = 0x80004519 | ledBytes<<16

	keyBytes = (0x2ff + 1) / 8 // KEY_MAX
	ledBytes = (0x0f + 1) / 8  // LED_MAX
)

// ioctls ask Linux. Their numbers are those of every architecture but MIPS, PowerPC and
// SPARC, where they are refused and told as such.
type ioctls struct{}

func (ioctls) grab(fd uintptr) error { return unix.IoctlSetInt(int(fd), eviocgrab, 1) }

func (ioctls) down(fd uintptr) ([]byte, error) {
	keys := make([]byte, keyBytes)
	return keys, read(fd, eviocgkey, keys)
}

func (ioctls) caps(fd uintptr) (bool, error) {
	lights := make([]byte, ledBytes)
	err := read(fd, eviocgled, lights)
	return lights[0]>>ledCaps&1 == 1, err
}

// read fills p with the answer.
func read(fd, question uintptr, p []byte) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, question, uintptr(unsafe.Pointer(&p[0])))
	if errno != 0 {
		return errno
	}
	return nil
}
