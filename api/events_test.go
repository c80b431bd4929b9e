package api_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
)

// stream is a listener, and what it hears.
type stream struct {
	t     testing.TB
	lines *bufio.Scanner
	id    string // of the last event
}

// listen opens a stream, behind the event of an id where that is not empty.
func (s *shop) listen(since string) *stream {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	s.t.Cleanup(cancel)
	r := s.request(http.MethodGet, "/v1/events", "").WithContext(ctx)
	if since != "" {
		r.Header.Set("Last-Event-ID", since)
	}
	response, err := s.server.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || got != "text/event-stream" {
		s.t.Fatalf("%d, %s", response.StatusCode, got)
	}
	l := &stream{t: s.t, lines: bufio.NewScanner(response.Body)}
	if event, _ := l.next(); event != "beat" {
		s.t.Fatalf("a stream begins with %q", event)
	}
	return l
}

func (l *stream) next() (event, data string) {
	l.t.Helper()
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch name {
		case "id":
			l.id = value
		case "event":
			event = value
		case "data":
			data = value
		case "":
			return event, data
		}
	}
	return "end", ""
}

// Events come as they happen; one that was away hears what it missed, or that
// it cannot; at the end of the till streams end.
func TestEvents(t *testing.T) {
	s := newShop(t)
	l := s.listen("")
	s.face.Events.Tell(api.CodeScanned{Device: "hand", Kind: "product", Label: "5901234123457", AIM: "]E0", Data: []byte("5901234123457")})
	want := `{"device":"hand","kind":"product","label":"5901234123457","aim":"]E0","data":"NTkwMTIzNDEyMzQ1Nw=="}`
	if event, data := l.next(); event != "scan" || data != want {
		t.Errorf("%s %s", event, data)
	}
	missed := l.id
	s.face.Events.Tell(api.DeviceChanged{Device: "hand"})
	s.face.Events.Tell(api.CustomerGone{})
	if event, _ := l.next(); event != "device" {
		t.Errorf("heard %s", event)
	}
	back := s.listen(missed)
	for _, want := range []string{"device", "customer-gone"} {
		if event, _ := back.next(); event != want {
			t.Errorf("heard %s, want %s", event, want)
		}
	}
	for range 3000 {
		s.face.Events.Tell(api.CustomerGone{})
	}
	if event, _ := s.listen(missed).next(); event != "lost" {
		t.Errorf("heard %s", event)
	}
	last := s.listen("")
	s.face.Events.End()
	if event, _ := last.next(); event != "end" {
		t.Errorf("heard %s after the end", event)
	}
}

// Nobody without the token listens.
func TestEventsAreGuarded(t *testing.T) {
	s := newShop(t)
	r := s.request(http.MethodGet, "/v1/events", "")
	r.Header.Del("Authorization")
	s.problem(s.send(r), http.StatusUnauthorized)
}

// Of too many listeners the last is refused.
func TestEventsHaveRoom(t *testing.T) {
	s := newShop(t)
	for range 16 {
		s.listen("")
	}
	s.problem(s.send(s.request(http.MethodGet, "/v1/events", "")), http.StatusServiceUnavailable)
}

// What the display shows is told at once, and of what follows each other only the
// last is kept: keys push nothing out that a POS counts on hearing.
func TestDisplayEvents(t *testing.T) {
	s := newShop(t)
	l := s.listen("")
	since := l.id
	s.face.Events.Tell(api.DisplayChanged{})
	if event, _ := l.next(); event != "display" {
		t.Errorf("heard %s", event)
	}
	s.face.Events.Tell(api.CustomerGone{})
	for range 3000 {
		s.face.Events.Tell(api.DisplayChanged{})
	}
	back := s.listen(since)
	for _, want := range []string{"display", "customer-gone", "display"} {
		if event, _ := back.next(); event != want {
			t.Errorf("heard %s, want %s", event, want)
		}
	}
}
