package tcpport

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// giveUpAfter sets TCP_USER_TIMEOUT (RFC 5482). Keep-alives do not do: while
// something waits to be acknowledged none is sent, and Linux then keeps trying
// for a quarter of an hour.
func giveUpAfter(d time.Duration) func(network, address string, conn syscall.RawConn) error {
	return func(_, _ string, conn syscall.RawConn) error {
		var err error
		controlErr := conn.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
		})
		if controlErr != nil {
			return controlErr
		}
		return err
	}
}
