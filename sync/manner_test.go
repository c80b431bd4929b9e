package sync_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// release is a network to a headquarters of some release, which notes how batches
// came there.
type release struct {
	next   hqsync.Transport
	before bool // it is of the release before: what came later it does not understand
	silent bool // it takes all, and something between drops what it says of that
	came   []string
}

// Do implements hqsync.Transport.
func (r *release) Do(ctx context.Context, request hqsync.Request) (hqsync.Answer, error) {
	scheme, _, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	encoding := request.Header.Get("Content-Encoding")
	if request.Target == wire.BatchPath {
		r.came = append(r.came, scheme+" "+encoding)
	}
	if r.before && scheme != "Bearer" {
		return hqsync.Answer{Status: http.StatusUnauthorized, Header: http.Header{}, Body: []byte(`{}`)}, nil
	}
	answer, err := r.next.Do(ctx, request)
	if err == nil && (r.before || r.silent) {
		answer.Header.Del("Accept-Encoding")
	}
	return answer, err
}

// A till writes briefly to who says to take that in its answer to hello, and to
// everybody else as the release before does.
func TestManner(t *testing.T) {
	const plain, brief = "Bearer zstd", "Loyaltyd columns"
	for name, c := range map[string]struct {
		release release
		want    string
	}{
		"this release":                     {release{}, brief},
		"the release before":               {release{before: true}, plain},
		"this one, behind a hub of before": {release{silent: true}, plain},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.Enroll(w.Address)
			hq := &c.release
			hq.next, e.Network.Transport = e.Network.Transport, hq
			w.greet(e)
			w.takeIn(e)
			w.sell(e, 10_000)
			w.drain(e)
			w.agrees(2)
			if len(hq.came) != 1 || hq.came[0] != c.want {
				t.Errorf("batches came as %q, want %q", hq.came, c.want)
			}
		})
	}
}

// Where one of several processes is of the release before, as while they are
// upgraded, the till writes so that both understand, for an hour, and nothing is lost.
func TestMannerOfTwoReleases(t *testing.T) {
	w := newWorld(t)
	e := w.Enroll(w.Address)
	hq := &release{next: e.Network.Transport}
	e.Network.Transport = hq
	w.greet(e)
	hq.before = true // hello went to the other process
	w.takeIn(e)
	if _, err := e.Exchange.Push(t.Context()); err == nil {
		t.Fatal("the release before took a brief request")
	}
	hq.before = false
	w.greet(e)
	w.sell(e, 10_000)
	w.drain(e)
	w.agrees(2)
	w.Clock.Advance(time.Hour + time.Minute)
	w.greet(e)
	w.sell(e, 10_000)
	w.drain(e)
	w.agrees(3)
	if got := strings.Join(hq.came, ", "); got != "Loyaltyd columns, Bearer zstd, Loyaltyd columns" {
		t.Errorf("batches came as %s", got)
	}
}

// An hour is one hour, also where the till's clock stood years ahead when it began.
func TestMannerAfterClockSetBack(t *testing.T) {
	w := newWorld(t)
	e := w.Enroll(w.Address)
	hq := &release{next: e.Network.Transport}
	e.Network.Transport = hq
	w.greet(e)
	w.takeIn(e)
	hq.before = true
	if _, err := e.Exchange.Push(t.Context()); err == nil {
		t.Fatal("the release before took a brief request")
	}
	hq.before = false
	w.Clock.Advance(-2 * time.Hour)
	w.greet(e)
	w.drain(e)
	if got := strings.Join(hq.came, ", "); got != "Loyaltyd columns, Loyaltyd columns" {
		t.Errorf("batches came as %s", got)
	}
}

// A batch by columns that cannot be read is refused, and comes as the release before
// sends it: no entry waits for a mistake in how it is written.
func TestColumnsUnread(t *testing.T) {
	w := newWorld(t)
	e := w.Enroll(w.Address)
	hq := &spoils{release: release{next: e.Network.Transport}}
	e.Network.Transport = hq
	w.greet(e)
	w.takeIn(e)
	w.sell(e, 10_000)
	w.drain(e)
	w.agrees(2)
	if got := strings.Join(hq.came, ", "); got != "spoiled, Bearer zstd" {
		t.Errorf("batches came as %s", got)
	}
}

// spoils has headquarters told that what came by columns is gzip.
type spoils struct{ release }

// Do implements hqsync.Transport.
func (s *spoils) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if r.Header.Get("Content-Encoding") == wire.Columns {
		s.came = append(s.came, "spoiled")
		r.Header.Set("Content-Encoding", "gzip")
		return s.next.Do(ctx, r)
	}
	return s.release.Do(ctx, r)
}
