package hub_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Bodies of strangers that do not come keep no lane out, though as many are waited for as
// requests are worked on at once.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	for range 64 {
		conn, err := tls.Dial("tcp", s.hub.Address, &tls.Config{InsecureSkipVerify: true})
		s.must(err)
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", wire.HubBatchPath)
	}
	testkit.Await(t, "a lane is heard", func() bool { return s.lanes[0].Meet(context.Background()) == nil })
}

// Connections of strangers that say nothing are so many at most: the one that has waited
// longest gives way.
func TestSilentConnections(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	var first net.Conn
	for range 2*1024 + 50 {
		conn, err := net.Dial("tcp", s.hub.Address)
		s.must(err)
		defer conn.Close()
		if first == nil {
			first = conn
		}
	}
	s.must(first.SetReadDeadline(time.Now().Add(5 * time.Second))) // before the server's own
	if _, err := first.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the first of them: %v", err)
	}
	testkit.Await(t, "a lane is heard", func() bool { return s.lanes[0].Meet(context.Background()) == nil })
}
