package postgres

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// unansweredMillis is how long what was sent may stay without an answer of the
// other machine's network before the connection is lost.
const unansweredMillis = 20_000

// giveUp keeps a statement from waiting a quarter of an hour for a server whose
// machine is gone.
func giveUp(network, _ string, c syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	var set error
	err := c.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, unansweredMillis)
	})
	return errors.Join(err, set)
}
