package terminal

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
)

// pageCounter is the counter as pages see and drive it: what they ask is done by
// the counter's own goroutine, between the keys of the keypad.
type pageCounter struct {
	asks chan asked
	seen atomic.Pointer[screen.Seen]
	// feed hands an event to the counter as a device's.
	feed func(context.Context, *checkout.Counter, device.Event)
}

// asked is something to do at the counter; done is closed behind it.
type asked struct {
	do   func(context.Context, *checkout.Counter)
	done chan struct{}
}

// askedWait is how long a page waits for a counter that is busy with a slow disk,
// or has stopped.
const askedWait = 10 * time.Second

// fromPage is the keypad that a page is.
const fromPage = "page"

var errCounterBusy = errors.New("the counter does not answer")

func newPageCounter(feed func(context.Context, *checkout.Counter, device.Event)) *pageCounter {
	c := &pageCounter{asks: make(chan asked), feed: feed}
	c.seen.Store(&screen.Seen{})
	return c
}

// Seen implements screen.Counter.
func (c *pageCounter) Seen() screen.Seen { return *c.seen.Load() }

// Press implements screen.Counter.
func (c *pageCounter) Press(ctx context.Context, keys []device.Key) (screen.Seen, error) {
	return c.ask(ctx, func(ctx context.Context, counter *checkout.Counter) {
		for _, key := range keys {
			c.feed(ctx, counter, device.Event{Device: fromPage, At: time.Now(), Kind: device.KeyPressed, Key: key})
		}
	})
}

// Scan implements screen.Counter. What is no code at all is a scan that went wrong.
func (c *pageCounter) Scan(ctx context.Context, code string) (screen.Seen, error) {
	scan, err := AsScanned(code)
	return c.ask(ctx, func(ctx context.Context, counter *checkout.Counter) {
		if err != nil {
			counter.Misscanned(time.Now())
			return
		}
		c.feed(ctx, counter, device.Event{Device: fromPage, At: time.Now(), Kind: device.Scanned, Scan: scan})
	})
}

// Choose implements screen.Counter.
func (c *pageCounter) Choose(ctx context.Context, reward string) (screen.Seen, error) {
	return c.ask(ctx, func(ctx context.Context, counter *checkout.Counter) { counter.Choose(ctx, time.Now(), reward) })
}

func (c *pageCounter) ask(ctx context.Context, do func(context.Context, *checkout.Counter)) (screen.Seen, error) {
	ctx, cancel := context.WithTimeout(ctx, askedWait)
	defer cancel()
	a := asked{do, make(chan struct{})}
	select {
	case c.asks <- a:
	case <-ctx.Done():
		return screen.Seen{}, errCounterBusy
	}
	select {
	case <-a.done:
		return c.Seen(), nil
	case <-ctx.Done():
		return screen.Seen{}, errCounterBusy
	}
}

// look notes how the counter stands, once it has done something, and tells those
// who listen where that is another than before. The counter's goroutine calls it.
func (t *Terminal) look(counter *checkout.Counter) {
	now := &screen.Seen{View: counter.View(), Shown: t.devices.conversing()}
	before := t.onPages.seen.Swap(now)
	if now.Shown != before.Shown || now.Stage != before.Stage || now.Typed != before.Typed {
		t.events.Tell(api.DisplayChanged{})
	}
}
