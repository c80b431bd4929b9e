package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// sent is what ReadBody makes of a request to a server, of which the last half comes after
// a while, or not at all.
func sent(t *testing.T, change func(*http.Server), wanted bool, size int, pause time.Duration) ([]byte, error) {
	t.Helper()
	type read struct {
		body []byte
		err  error
	}
	reads := make(chan read, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := wire.ReadBody(w, r, func() bool { return wanted })
		reads <- read{body, err}
	}))
	change(server.Config)
	server.Start()
	defer server.Close()
	from, to := io.Pipe()
	defer from.Close()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		r, _ := http.NewRequest(http.MethodPost, server.URL, from)
		r.ContentLength = int64(size)
		if response, err := server.Client().Do(r); err == nil {
			response.Body.Close()
		}
	}()
	to.Write(bytes.Repeat([]byte("x"), size/2))
	var come read
	if pause > 0 {
		time.Sleep(pause)
		to.Write(bytes.Repeat([]byte("x"), size-size/2))
		come = <-reads
	} else {
		come = <-reads
		to.Close()
	}
	<-asked
	return come.body, come.err
}

// A body that comes slowly is waited for while nobody wants its place, and gives way when
// somebody does; one that takes all the time that there is is too large for its line.
func TestReadBody(t *testing.T) {
	t.Parallel()
	const never = 0
	for _, c := range []struct {
		name   string
		time   time.Duration // that the server has
		wanted bool
		size   int
		pause  time.Duration
		code   wire.Code
	}{
		{"slowly, and nobody waits", time.Minute, false, 1000, 700 * time.Millisecond, ""},
		{"not at all, and others wait", time.Minute, true, 1000, never, wire.CodeTooLarge},
		{"not at all, and nobody waits", time.Second, false, 1000, never, wire.CodeTooLarge},
		{"too much", time.Minute, false, 3 * wire.MaxRequest, never, wire.CodeTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body, err := sent(t, func(s *http.Server) { s.ReadTimeout = c.time }, c.wanted, c.size, c.pause)
			var refusal *wire.Refusal
			switch errors.As(err, &refusal); {
			case c.code == "" && (err != nil || len(body) != c.size):
				t.Errorf("%d bytes, %v", len(body), err)
			case c.code != "" && (refusal == nil || refusal.Code != c.code):
				t.Errorf("%+v", err)
			}
		})
	}
}
