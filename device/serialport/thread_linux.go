package serialport

import (
	"os"

	"golang.org/x/sys/unix"
)

// currentThread names the calling system thread to interrupt.
func currentThread() int64 { return int64(unix.Gettid()) }

// interrupt makes a system call that sleeps in this thread start over. The Go
// runtime uses the same signal to preempt and takes a stray one calmly. An error
// means that the thread has ended, and its call with it.
func interrupt(thread int64) {
	if thread != 0 {
		_ = unix.Tgkill(os.Getpid(), int(thread), unix.SIGURG)
	}
}
