package sync_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// way is a transport that counts who goes it.
type way struct {
	asked  int
	answer hqsync.Answer
	err    error
}

func (w *way) Do(context.Context, hqsync.Request) (hqsync.Answer, error) {
	w.asked++
	return w.answer, w.err
}

// Headquarters is asked through the hub where that answers. One that is gone, or does
// not reach headquarters itself, is passed by, and asked again once it may be back;
// how headquarters was reached last is known.
func TestVia(t *testing.T) {
	clock := testkit.NewClock()
	hub, direct := &way{answer: hqsync.Answer{Status: http.StatusOK}}, &way{answer: hqsync.Answer{Status: http.StatusOK}}
	reached := true
	via := &hqsync.Via{Hub: hub, Direct: direct, Reached: func() bool { return reached }, Now: clock.Now}
	goes := func(when string, want hqsync.Way, hubAsked, directAsked int) {
		t.Helper()
		hub.asked, direct.asked = 0, 0
		_, err := via.Do(context.Background(), hqsync.Request{})
		if via.Way() != want || hub.asked != hubAsked || direct.asked != directAsked || (err == nil) == (want == hqsync.Nowhere) {
			t.Errorf("%s: went %q, hub asked %d times, headquarters directly %d times, %v", when, via.Way(), hub.asked, direct.asked, err)
		}
	}
	goes("the hub answers", hqsync.ByHub, 1, 0)
	hub.answer = hqsync.Answer{Status: http.StatusServiceUnavailable, Header: http.Header{}}
	goes("the hub says that headquarters is busy", hqsync.ByHub, 1, 0)
	wire.SayAlone(hub.answer.Header)
	goes("the hub is alone", hqsync.Directly, 1, 1)
	goes("the hub is still alone", hqsync.Directly, 1, 1)
	hub.err = errors.New("connection refused")
	goes("the hub is gone", hqsync.Directly, 1, 1)
	goes("it was gone a moment ago", hqsync.Directly, 0, 1)
	direct.err = errors.New("no route to host")
	goes("so is the uplink", hqsync.Nowhere, 0, 1)
	clock.Advance(5 * time.Second)
	hub.err, hub.answer, direct.err = nil, hqsync.Answer{Status: http.StatusOK}, nil
	goes("the hub is back", hqsync.ByHub, 1, 0)
	reached = false
	goes("the link to the hub is down", hqsync.Directly, 0, 1)
}

// Who gave up the wait has not found the hub gone.
func TestViaImpatient(t *testing.T) {
	clock := testkit.NewClock()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	hub, direct := &way{err: context.Canceled}, &way{err: context.Canceled}
	via := &hqsync.Via{Hub: hub, Direct: direct, Reached: func() bool { return true }, Now: clock.Now}
	if _, err := via.Do(ctx, hqsync.Request{}); err == nil {
		t.Error("it was answered")
	}
	hub.err, hub.answer = nil, hqsync.Answer{Status: http.StatusOK}
	if _, err := via.Do(context.Background(), hqsync.Request{}); err != nil || via.Way() != hqsync.ByHub {
		t.Errorf("went %q, %v", via.Way(), err)
	}
}
