package hub_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
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

// stuck is a headquarters that answers nobody.
type stuck struct{ asked chan struct{} }

func (s stuck) Do(ctx context.Context, _ hqsync.Request) (hqsync.Answer, error) {
	s.asked <- struct{}{}
	<-ctx.Done()
	return hqsync.Answer{}, ctx.Err()
}

// A hub that has no room to bring headquarters anything keeps no lane from it: what it
// does not take the lane brings itself, and does not wait to be told to come again.
func TestNoRoomAtTheHub(t *testing.T) {
	t.Parallel()
	const waiters = 1024
	s := newShop(t, 1)
	headquarters := stuck{make(chan struct{}, waiters)}
	s.hub.Uplink.Transport = headquarters
	ctx, leave := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer leave()
	handler := s.hub.Handler()
	for range waiters {
		waiting.Go(func() {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, wire.FeedPath, nil))
		})
		<-headquarters.asked
	}
	if _, err := s.lanes[0].Exchange.Greet(t.Context()); err != nil {
		t.Error(err)
	}
}
