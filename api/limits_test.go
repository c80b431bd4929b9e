package api_test

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
)

// Whoever opens connections and says nothing, or never ends a header, keeps no POS
// out: the oldest of them gives way.
func TestSilentConnectionsGiveWay(t *testing.T) {
	server := api.Limited(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	server.ReadHeaderTimeout, server.ReadTimeout = time.Hour, time.Hour // what gives way does so at once, or the test fails
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()
	for i := range 200 {
		silent, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		if i%2 == 0 { // a write to one that gave way is none of the test's business
			_, _ = silent.Write([]byte("GET / HTTP/1.1\r\n"))
		}
	}
	pos := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
	defer pos.CloseIdleConnections()
	for range 3 {
		answer, err := pos.Get("http://" + listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
}
