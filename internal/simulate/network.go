package simulate

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// errLost is what a sender sees of a request or answer that was lost.
var errLost = errors.New("connection reset")

// server is who answers requests.
type server interface {
	running() bool
	// serve answers a request; false where nothing is answered.
	serve(http.ResponseWriter, *http.Request) bool
}

// network is the way from one machine to another and back.
type network struct {
	*world
	to  server
	cut bool // between the two
}

// Do implements hqsync.Transport over the bytes as they are sent.
func (n *network) Do(_ context.Context, request hqsync.Request) (hqsync.Answer, error) {
	if n.cut || !n.to.running() {
		return hqsync.Answer{}, errDown
	}
	if n.healing {
		return n.deliver(request)
	}
	n.at = n.at.Add(n.between(time.Millisecond, 200*time.Millisecond))
	switch {
	case n.chance(n.LostRequests):
		n.note("the request is lost")
		return hqsync.Answer{}, errLost
	case n.chance(n.Late):
		n.later(request)
		n.note("the request is late")
		return hqsync.Answer{}, errLost
	case n.chance(n.Truncated) && len(request.Body) > 0:
		request.Body = request.Body[:n.random.IntN(len(request.Body))]
		n.note("the request is cut short")
		_, _ = n.deliver(request) // whatever is answered, the connection is gone
		return hqsync.Answer{}, errLost
	}
	answer, err := n.deliver(request)
	if n.chance(n.Repeated) {
		n.later(request)
	}
	if err == nil && n.chance(n.LostAnswers) {
		n.note("the answer is lost")
		return hqsync.Answer{}, errLost
	}
	return answer, err
}

// later lets a request arrive when nobody waits for its answer.
func (n *network) later(request hqsync.Request) {
	n.in(n.between(time.Millisecond, 90*time.Second), func() {
		if answer, err := n.deliver(request); err == nil && answer.Status == http.StatusOK {
			n.counts.LateApplied++
			n.note("a late %s was answered", request.Method)
		}
	})
}

// deliver is a request that arrives, and its answer.
func (n *network) deliver(request hqsync.Request) (hqsync.Answer, error) {
	r, err := http.NewRequest(request.Method, request.Target, bytes.NewReader(request.Body))
	if err != nil {
		return hqsync.Answer{}, err
	}
	r.Header = request.Header.Clone()
	r.Header.Set("Accept-Encoding", wire.Zstd)
	w := &written{header: http.Header{}, status: http.StatusOK}
	if !n.to.serve(w, r) {
		return hqsync.Answer{}, errDown
	}
	packed := w.body.Bytes()
	if !n.healing && n.chance(n.Truncated) {
		packed = packed[:n.random.IntN(len(packed)+1)]
		n.note("the answer is cut short")
	}
	body, err := wire.Unpack(w.header.Get("Content-Encoding"), packed)
	if err != nil {
		return hqsync.Answer{}, err
	}
	return hqsync.Answer{Status: w.status, Header: w.header, Body: body}, nil
}

// written is an answer as the handler writes it.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }
