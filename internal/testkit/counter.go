package testkit

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
)

// Counter is a till's conversation behind a lock, as the daemon's goroutine has it.
// A second passes before each key.
type Counter struct {
	*checkout.Counter

	mu      sync.Mutex
	display Display
	clock   *Clock
}

// NewCounter starts the conversation of a till.
func NewCounter(t testing.TB, till *Till) *Counter {
	c := &Counter{clock: till.Clock}
	c.Counter = &checkout.Counter{
		Till: till.Till, Display: &c.display, Greeting: "Corner Shop", IdleTimeout: time.Minute,
		Told: func(checkout.Completed) {}, TookBack: func(checkout.TakenBack) {},
		Failed: func(err error) { t.Errorf("the counter failed: %v", err) },
	}
	c.Start(context.Background(), c.clock.Now())
	return c
}

// Seen implements screen.Counter.
func (c *Counter) Seen() screen.Seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	return screen.Seen{View: c.View(), Shown: c.display.Last()}
}

// Press implements screen.Counter.
func (c *Counter) Press(ctx context.Context, keys []device.Key) (screen.Seen, error) {
	if err := ctx.Err(); err != nil {
		return screen.Seen{}, err
	}
	c.mu.Lock()
	for _, key := range keys {
		c.clock.Advance(time.Second)
		c.Key(ctx, c.clock.Now(), key)
	}
	c.mu.Unlock()
	return c.Seen(), nil
}

// Scan implements screen.Counter.
func (c *Counter) Scan(ctx context.Context, code string) (screen.Seen, error) {
	c.mu.Lock()
	c.Counter.Scan(ctx, c.clock.Now(), device.Scan{Data: []byte(code)})
	c.mu.Unlock()
	return c.Seen(), nil
}

// Choose implements screen.Counter.
func (c *Counter) Choose(ctx context.Context, reward string) (screen.Seen, error) {
	c.mu.Lock()
	c.Counter.Choose(ctx, c.clock.Now(), reward)
	c.mu.Unlock()
	return c.Seen(), nil
}

// Book is a till's journal as screens read it, and how it is said to stand.
type Book struct {
	*Till
	Stands screen.Standing
}

// Standing implements screen.Journal.
func (b *Book) Standing(context.Context) (screen.Standing, error) { return b.Stands, nil }

// Recent implements screen.Journal.
func (b *Book) Recent(ctx context.Context, most int) (papers []checkout.Paper, err error) {
	entries, err := b.Store.Recent(ctx, most)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		paper, err := b.PaperOf(ctx, e)
		if err != nil {
			return nil, err
		}
		papers = append(papers, paper)
	}
	return papers, nil
}
