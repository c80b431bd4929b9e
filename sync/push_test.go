package sync_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// sizes is a scripted headquarters that takes batches up to a size and notes
// how large each was.
type sizes struct {
	*scripted
	most int
	got  []int
}

func (s *sizes) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if r.Target == wire.BatchPath {
		message, err := wire.Unpack(wire.Zstd, r.Body)
		if err != nil {
			return hqsync.Answer{}, err
		}
		n := 0
		for _, c := range message {
			if c == '\n' {
				n++
			}
		}
		n-- // the seal
		s.got = append(s.got, n)
		s.push = func() error {
			if n > s.most {
				return wire.Refuse(wire.CodeTooLarge, "")
			}
			return nil
		}
	}
	return s.scripted.Do(ctx, r)
}

// A batch that is too large is halved until it goes, and the next ones grow
// again.
func TestTooLarge(t *testing.T) {
	ctx := context.Background()
	till := testkit.NewTill(t, testkit.Program(t))
	sell(t, till, 620)
	hq := &sizes{scripted: &scripted{welcome: inStep(t, till)}, most: 150}
	identity := hq.identity()
	identity.Terminal = till.Options.Terminal
	exchange := hqsync.NewExchange(identity, till.Store, hq, till.Clock.Now, nil)
	if _, err := exchange.Greet(ctx); err != nil {
		t.Fatal(err)
	}
	var refusal *wire.Refusal
	push := func() (int, error) {
		sent, err := exchange.Push(ctx)
		if err != nil && (!errors.As(err, &refusal) || refusal.Code != wire.CodeTooLarge) {
			t.Fatal(err)
		}
		return sent, err
	}
	for range 3 {
		push()
	}
	hq.most = 500
	for range 3 {
		push()
	}
	// The bytes bound it too, so only the shape is exact.
	if hq.got[0] < 4*hq.got[2]-8 || hq.got[2] > 150 || hq.got[3] <= hq.got[2] {
		t.Errorf("batches of %v", hq.got)
	}
}

// One entry alone that is too large cannot be halved: that is an error to wait
// on, not a batch to try again.
func TestOneTooLarge(t *testing.T) {
	ctx := context.Background()
	till := testkit.NewTill(t, testkit.Program(t))
	sell(t, till, 1)
	hq := &sizes{scripted: &scripted{welcome: inStep(t, till)}}
	identity := hq.identity()
	identity.Terminal = till.Options.Terminal
	exchange := hqsync.NewExchange(identity, till.Store, hq, till.Clock.Now, nil)
	var refusal *wire.Refusal
	if _, err := exchange.Push(ctx); err == nil || errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
}

// Where headquarters lost the thread, the till says hello again and sends what
// is wanted.
func TestGreetAgain(t *testing.T) {
	ctx := context.Background()
	for _, code := range []wire.Code{wire.CodeGap, wire.CodeHello} {
		till := testkit.NewTill(t, testkit.Program(t))
		sell(t, till, 3)
		hq := &scripted{welcome: inStep(t, till), push: func() error { return wire.Refuse(code, "") }}
		identity := hq.identity()
		identity.Terminal = till.Options.Terminal
		exchange := hqsync.NewExchange(identity, till.Store, hq, till.Clock.Now, nil)
		if _, err := exchange.Greet(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := exchange.Push(ctx); !errors.Is(err, hqsync.ErrGreet) {
			t.Errorf("%s: %v", code, err)
		}
		hq.push = nil
		if _, err := exchange.Greet(ctx); err != nil {
			t.Fatal(err)
		}
		if sent, err := exchange.Push(ctx); err != nil || sent != 3 {
			t.Errorf("%s: sent %d, %v", code, sent, err)
		}
	}
}

// A headquarters that takes no epoch, however new, does not have them opened
// without end.
func TestGreetingsEnd(t *testing.T) {
	ctx := context.Background()
	till := testkit.NewTill(t, testkit.Program(t))
	welcome := inStep(t, till)
	welcome.Standing = wire.Regress
	hq := &scripted{welcome: welcome}
	identity := hq.identity()
	identity.Terminal = till.Options.Terminal
	exchange := hqsync.NewExchange(identity, till.Store, hq, till.Clock.Now, nil)
	if _, err := exchange.Greet(ctx); err == nil {
		t.Error("greeted")
	}
	head, err := till.Store.Head(ctx)
	if err != nil || head.Epoch > welcome.Known.Epoch+5 {
		t.Errorf("epoch %d, %v", head.Epoch, err)
	}
}

// What is in the store when the answer was lost is what is sent again: the same
// bytes under the same token.
func TestRetryIsTheSame(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	e := w.till()
	w.takeIn(e)
	e.Network.Disturb(func(hqsync.Request) testkit.Fault { return testkit.LoseAnswer })
	e.Network.Sent()
	var bodies [][]byte
	for range 2 {
		if _, err := e.Exchange.Push(ctx); !errors.Is(err, testkit.ErrLost) {
			t.Fatal(err)
		}
		sent := e.Network.Sent()
		message, err := wire.Unpack(sent[0].Header.Get("Content-Encoding"), sent[0].Body)
		w.must(err)
		bodies = append(bodies, message)
	}
	if diff := cmp.Diff(bodies[0], bodies[1]); diff != "" {
		t.Error(diff)
	}
}
