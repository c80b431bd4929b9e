//go:build !linux

package tcpport

import (
	"syscall"
	"time"
)

// giveUpAfter leaves it to the system when a connection is given up.
func giveUpAfter(time.Duration) func(network, address string, conn syscall.RawConn) error { return nil }
